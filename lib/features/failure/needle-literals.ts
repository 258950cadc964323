import { type CommandShape, removeVerbosityVariables } from './command-shape.ts';
import { decideAction } from './decide-action.ts';
import type { FailureView } from './known-pattern.ts';
import { isOpenText } from './open-shape.ts';
import { exampleProject } from './team-knowledge.ts';

/**
 * Texts that the gate searches for. Every call that could cause a warning contains at least one. A
 * space in a text matches any separator of words in a shell; see `linesOf`.
 */
export type Literals = readonly string[];

/** A placeholder of a general form, or a character that JSON or a shell would write differently. */
const BETWEEN = /<(?:path|n|hash|time|text)>|[^\w@%+,./:=\- ]+/;
const WORD = /^[\w@%+,./:=-]{2,}$/;

/** Longest run of words used as one text: each additional word needs more lines. */
const MAX_WORDS = 2;
const MAX_LITERALS = 40;

/** Stands for a command that never ran before. */
const UNKNOWN = '0000000000000000';

export interface NeedlesOfKey {
  readonly view: FailureView;
  readonly key: string;
  readonly isGeneral: boolean;
  /** Text that every call of the shape contains: program and subcommand. */
  readonly coarse: string;
  /** Failed commands by `exact`. */
  readonly commands: ReadonlyMap<string, string>;
  readonly now: number;
}

/**
 * Derives what a call must contain for a warning about this shape, as lists of alternatives: a call
 * that contains none of a list's texts causes no warning of that list. There is one list if the
 * warning is about all calls of the shape, or one per failed command if it is about those alone.
 * The last text of a list is `coarse`.
 */
export function deriveLiterals(known: NeedlesOfKey): readonly Literals[] {
  const { view, isGeneral, coarse, commands } = known;
  if (isOpenText(view.text)) return canWarnOf(known, UNKNOWN) ? [openLiterals(view.text)] : [];
  const ofAll = [...textLiterals(view.text, view.tool), coarse];
  if (!isGeneral || canWarnOf(known, UNKNOWN)) return [limited(ofAll)];
  const failed = view.patterns.flatMap((pattern) => pattern.failed.map(({ exact }) => exact));
  return [...new Set(failed)]
    .filter((exact) => canWarnOf(known, exact))
    .map((exact) => limited([...commandWords(commands.get(exact) ?? ''), ...ofAll]));
}

/**
 * Returns the texts of an open shape, whose words may be anywhere in a call. A space behind the
 * program marks its end.
 */
function openLiterals(text: string): Literals {
  const words = text.split(' ').slice(0, -1);
  const [program = ''] = words;
  return [...words.filter((word) => isUsable(word)), `${program} `, program];
}

/** Parses lists in the form of the store. */
export function parseLiterals(json: string): readonly Literals[] {
  const lists: unknown = JSON.parse(json);
  if (!isList(lists)) return [];
  return lists.map((list) => (isList(list) ? list.filter((text) => typeof text === 'string') : []));
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function canWarnOf({ view, key, isGeneral, now }: NeedlesOfKey, exact: string): boolean {
  const shape: CommandShape = { key, text: view.text, exact, isGeneral, needle: '' };
  return view.patterns.some(
    (pattern) => decideAction(view, shape, { project: exampleProject(pattern), now }) !== undefined,
  );
}

/**
 * Returns the texts that are the same in every call of a general form. `./x` can mean any folder,
 * and `test` can be written `[`.
 */
function textLiterals(text: string, tool: string): Literals {
  const runs = text.split(BETWEEN).map((run) => run.split(' '));
  const words = runs.flat().map((word) => word.replace(/^\.\//, ''));
  const phrases = tool === 'Bash' ? runs.flatMap(phrasesIn) : [];
  return [...words, ...phrases].filter((one) => one !== 'test' && isUsable(one));
}

/**
 * Returns phrases of neighbouring words, which are also neighbours in the call. Words at the ends
 * of a run may be parts of words, which works as well.
 */
function phrasesIn(run: readonly string[]): readonly string[] {
  const phrases: string[] = [];
  for (let from = 0; from < run.length; from += 1)
    for (let length = 2; length <= MAX_WORDS && from + length <= run.length; length += 1) {
      const words = run.slice(from, from + length);
      if (words.every((word) => WORD.test(word) && word !== 'test' && !word.startsWith('./')))
        phrases.push(words.join(' '));
    }
  return phrases;
}

/** A redacted secret: none of its words is in the call. */
const REDACTED = /\S*\[redacted[^\]]*\]\S*/g;

/**
 * Returns the words that appear in the call as they appear in the command, because they need no
 * quotes. A cut text ends with a special character.
 */
function commandWords(command: string): Literals {
  const words = removeVerbosityVariables(command.replace(REDACTED, ' '));
  return words.split(/\s+/).filter((word) => WORD.test(word) && isUsable(word));
}

function isUsable(text: string): boolean {
  return text.split(' ').every((word) => WORD.test(word) && /\w/.test(word));
}

/** `coarse` stays the last. */
function limited(literals: Literals): Literals {
  const distinct = [...new Set(literals.slice(0, -1))].slice(0, MAX_LITERALS);
  return [...distinct, ...literals.slice(-1)];
}

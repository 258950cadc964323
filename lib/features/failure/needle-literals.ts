import { type CommandShape, withoutTrimmings } from './command-shape.ts';
import { judge } from './judge.ts';
import type { FailureView } from './known-pattern.ts';
import { isOpenText } from './open-shape.ts';

/**
 * Texts that every call contains which a warning could be about; the gate needs one of them. In a text of several words
 * the space means whatever parts words in a shell; see `linesOf`.
 */
export type Literals = readonly string[];

/** A stand-in of a general form, or a sign that JSON or a shell would write in another way. */
const BETWEEN = /<(?:path|n|hash|time|text)>|[^\w@%+,./:=\- ]+/;
const WORD = /^[\w@%+,./:=-]{2,}$/;

/** Longest run of words that is taken as one text: each needs more lines than the one before. */
const MOST_WORDS = 2;
const MOST_LITERALS = 40;

/** A command that never ran before. */
const UNKNOWN = '0000000000000000';

export interface NeedlesOfKey {
  readonly view: FailureView;
  readonly key: string;
  readonly isGeneral: boolean;
  /** Text that every call of the shape contains: program and subcommand. */
  readonly coarse: string;
  /** Commands that failed, by `exact`. */
  readonly commands: ReadonlyMap<string, string>;
  readonly now: number;
}

/**
 * What a call must contain for a warning about this shape to be due, as alternatives: a call that contains none of a list's texts draws no warning
 * of what the list is about. One list where the warning is about all calls of the shape; one for each command that failed where it is about those alone.
 * The last text of a list is `coarse`.
 */
export function literalsOfKey(known: NeedlesOfKey): readonly Literals[] {
  const { view, isGeneral, coarse, commands } = known;
  if (isOpenText(view.text)) return canWarnOf(known, UNKNOWN) ? [openLiterals(view.text)] : [];
  const ofAll = [...textLiterals(view.text, view.tool), coarse];
  if (!isGeneral || canWarnOf(known, UNKNOWN)) return [limited(ofAll)];
  const failed = view.patterns.flatMap((pattern) => pattern.failed.map(({ exact }) => exact));
  return [...new Set(failed)]
    .filter((exact) => canWarnOf(known, exact))
    .map((exact) => limited([...commandWords(commands.get(exact) ?? ''), ...ofAll]));
}

/** The words of an open shape may be anywhere in a call. A space behind the program: it ends there. */
function openLiterals(text: string): Literals {
  const words = text.split(' ').slice(0, -1);
  const [program = ''] = words;
  return [...words.filter((word) => isUsable(word)), `${program} `, program];
}

/** Lists as the store has them. */
export function literalsIn(json: string): readonly Literals[] {
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
    ({ projects }) => judge(view, shape, { project: projects[0] ?? '', now }) !== undefined,
  );
}

/** Texts that are the same in every call of a general form. `./x` means any folder, and `test` may have been written `[`. */
function textLiterals(text: string, tool: string): Literals {
  const runs = text.split(BETWEEN).map((run) => run.split(' '));
  const words = runs.flat().map((word) => word.replace(/^\.\//, ''));
  const phrases = tool === 'Bash' ? runs.flatMap(phrasesIn) : [];
  return [...words, ...phrases].filter((one) => one !== 'test' && isUsable(one));
}

/** Neighbours in the form are neighbours in the call. Words at the ends of a run may be parts of words, which is as good. */
function phrasesIn(run: readonly string[]): readonly string[] {
  const phrases: string[] = [];
  for (let from = 0; from < run.length; from += 1)
    for (let length = 2; length <= MOST_WORDS && from + length <= run.length; length += 1) {
      const words = run.slice(from, from + length);
      if (words.every((word) => WORD.test(word) && word !== 'test' && !word.startsWith('./')))
        phrases.push(words.join(' '));
    }
  return phrases;
}

/** What redaction put in place of a secret: none of its words is in the call. */
const REDACTED = /\S*\[redacted[^\]]*\]\S*/g;

/** Words that need no quotes stand in the call as they stand in the command. What was cut has a sign of its own. */
function commandWords(command: string): Literals {
  const words = withoutTrimmings(command.replace(REDACTED, ' '));
  return words.split(/\s+/).filter((word) => WORD.test(word) && isUsable(word));
}

function isUsable(text: string): boolean {
  return text.split(' ').every((word) => WORD.test(word) && /\w/.test(word));
}

/** `coarse` stays the last. */
function limited(literals: Literals): Literals {
  const distinct = [...new Set(literals.slice(0, -1))].slice(0, MOST_LITERALS);
  return [...distinct, ...literals.slice(-1)];
}

import { Lately } from '../../core/lately.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import { hasPlace, mask, unmask } from '../../shell/generalise.ts';
import { type GeneralForm, generalForm, type NamedCommand } from '../../shell/general-form.ts';
import { openTexts } from './open-shape.ts';

/** What a call is like: calls that differ in nothing but paths, numbers, hashes, times and quoted texts share one. */
export interface CommandShape {
  /** Names the view file: 16 hex digits of tool and text. */
  readonly key: string;
  /** Program, subcommand and flags as written; `<path>`, `<n>`, `<hash>`, `<time>`, `<text>` for all else. Its own shape has the same text. */
  readonly text: string;
  /** 16 hex digits of tool and command as written, white space collapsed; for a part of a line, with the folder it was in. */
  readonly exact: string;
  /** The same without variables and `sudo` in front, if there are any. */
  readonly bare?: string;
  /** Something was generalised, so that other commands share the key. */
  readonly isGeneral: boolean;
  /** Text that every call of this shape contains (words parted by one space). Empty when the line does not say what it runs: then there is nothing to look for. */
  readonly needle: string;
}

/** A shape with what is needed to compare the command with others. */
export interface CommandPart {
  readonly shape: CommandShape;
  /** Shapes that it shares with every call of its program, its subcommand, and each of its options. */
  readonly open: readonly CommandShape[];
  /** To be run as it is: the folder it needs, its variables, program, words, files. */
  readonly source: string;
  readonly words: readonly string[];
  readonly program: string;
  readonly subcommand: string;
  readonly isProven: boolean;
}

export interface CommandParts {
  readonly whole: CommandPart;
  /** The significant commands of the line; only `whole` itself when there is nothing to take apart. */
  readonly parts: readonly CommandPart[];
  /** Every program of the line, in order. */
  readonly programs: readonly string[];
}

/** Tools that change the file that is their target. */
export const EDIT_TOOLS: readonly string[] = ['Edit', 'Write', 'MultiEdit', 'NotebookEdit'];

/**
 * The shapes of a call: first the whole, then each significant command in it, if that is another. Total, linear, the same for the same call.
 * @param target What `toolTarget` gives.
 * @param project Folder of the project: a `cd` there does not make another command.
 */
export function commandShapes(
  tool: string,
  target: string,
  project?: string,
): readonly CommandShape[] {
  const { whole, parts } = commandParts(tool, target, project);
  return distinctShapes([whole, ...parts]);
}

/** The shapes that are known to have succeeded when the call did: the end of a pipe and of a list, all that is joined by `&&`. */
export function provenShapes(
  tool: string,
  target: string,
  project?: string,
): readonly CommandShape[] {
  const { whole, parts } = commandParts(tool, target, project);
  return distinctShapes([whole, ...parts.filter(({ isProven }) => isProven)]);
}

/** Calls taken apart lately: a session's calls are compared with each other again and again. */
const lately = new Lately<CommandParts>(512);
const LONGEST_KNOWN = 2_000;

/** A call taken apart. A target of another tool than Bash is one part. */
export function commandParts(tool: string, target: string, project?: string): CommandParts {
  if (target.length > LONGEST_KNOWN) return takeApart(tool, target, project);
  const question = `${tool}\0${project ?? ''}\0${target}`;
  return lately.answer(question, () => takeApart(tool, target, project));
}

function takeApart(tool: string, target: string, project: string | undefined): CommandParts {
  if (tool !== 'Bash') {
    const whole = targetPart(tool, target);
    return { whole, parts: [whole], programs: [] };
  }
  const parsed = generalForm(target);
  const { commands } = parsed;
  const parts = significantCommands(commands).map((command) => partOf(tool, command, project));
  const programs = commands.map(({ program }) => program);
  const [only] = parts;
  if (only !== undefined && only.shape.text === unmask(parsed.form))
    return { whole: only, parts, programs };
  const whole = wholePart(tool, target, parsed, parts);
  return { whole, parts: parts.filter(({ shape }) => shape.key !== whole.shape.key), programs };
}

function partOf(tool: string, command: NamedCommand, project: string | undefined): CommandPart {
  const { program, subcommand, words, setup } = command;
  const text = unmask(command.form);
  const raw = unmask(command.source);
  const before = setup
    .filter((step) => step !== `cd ${project}` && step !== `cd "${project}"`)
    .map(unmask);
  const source = [...before, raw].join(' && ');
  const isGeneral = hasPlace(mask(text));
  const exact = exactOf(tool, [...before, withoutTrimmings(raw)].join(' && '));
  const bare = exactOf(tool, [...before, bareOf(command)].join(' && '));
  const besides =
    subcommand !== '' && raw.includes(`${bareName(program)} ${subcommand}`) ? ` ${subcommand}` : '';
  const shape = {
    ...{ key: keyOf(tool, text), text, exact, ...(bare === exact ? {} : { bare }) },
    ...{ isGeneral, needle: bareName(program) + besides },
  };
  return {
    shape,
    open: openTexts(program, subcommand, words.map(unmask)).map((name) => ({
      ...shape,
      ...{ key: keyOf(tool, name), text: name, isGeneral: true },
    })),
    ...{
      source,
      words: words.map(unmask),
      program,
      subcommand,
      isProven: command.isProven,
    },
  };
}

function wholePart(
  tool: string,
  target: string,
  parsed: GeneralForm,
  parts: readonly CommandPart[],
): CommandPart {
  const text = unmask(parsed.form);
  const needle = parts[0]?.shape.needle ?? bareName(parsed.commands[0]?.program ?? '');
  const words = parsed.commands.flatMap((command) => command.words.map(unmask));
  return {
    shape: {
      key: keyOf(tool, text),
      text,
      exact: exactOf(tool, target),
      isGeneral: hasPlace(parsed.form),
      needle,
    },
    open: [],
    ...{
      source: target.trim(),
      words,
      program: parts.length === 1 ? (parts[0]?.program ?? '') : '',
      subcommand: '',
      isProven: true,
    },
  };
}

/** An edit is known by its file, another call by what it is about; all that edit share what is known about a file. */
function targetPart(tool: string, target: string): CommandPart {
  const family = EDIT_TOOLS.includes(tool) ? 'Edit' : tool;
  const text = collapse(target);
  const needle = text.endsWith('…') ? '' : (/[^\\/"]*$/.exec(text)?.[0] ?? '');
  return {
    shape: {
      key: keyOf(family, text),
      text,
      exact: exactOf(family, target),
      isGeneral: false,
      needle,
    },
    open: [],
    ...{ source: text, words: [text], program: family, subcommand: '', isProven: true },
  };
}

/** Variables that change how much is said, not what is done. */
const TRIMMINGS =
  /(^|[\s;&|(])(?:(?:CI|NODE_ENV|FORCE_COLOR|NO_COLOR|CLICOLOR|DEBUG|VERBOSE|TERM|LANG|LC_ALL|COLUMNS|PAGER|GIT_PAGER|HUSKY|RUST_BACKTRACE|RUST_LOG|PYTHONUNBUFFERED)=[\w.,:*/-]*\s+)+(?=\S)/g;

/** A command without the variables in front that make no other command of it. */
export function withoutTrimmings(command: string): string {
  return command.replace(TRIMMINGS, '$1');
}

function distinctShapes(parts: readonly CommandPart[]): readonly CommandShape[] {
  const shapes = parts.flatMap(({ shape, open }) => [shape, ...open]);
  const known = new Map(shapes.map((shape) => [`${shape.key} ${shape.exact}`, shape] as const));
  return [...known.values()];
}

/** A program is started by its path or by its name. */
function bareName(program: string): string {
  return program.replace(/^\.\//, '').replace(/^test$/, '');
}

function keyOf(tool: string, text: string): string {
  return shortHash16(`${tool}\n${text}`);
}

function exactOf(tool: string, command: string): string {
  return shortHash16(`${tool}\n${collapse(tool === 'Bash' ? withPlainQuotes(command) : command)}`);
}

function bareOf({ environment, source, words }: NamedCommand): string {
  const before = environment.join(' ');
  const rest = unmask(
    before !== '' && source.startsWith(before) ? source.slice(before.length) : source,
  );
  return words[0] === 'sudo' ? rest.trim().replace(/^sudo (?:-[nHEk] )*/, '') : rest.trim();
}

/** A word in quotes that needs none, or in the other quotes though they mean the same, is the same word. */
function withPlainQuotes(command: string): string {
  return command.replace(
    /(^|[\s=])(?:"((?:[^"$`\\!']|\\[^$`"\\\n])*)"|'([^']*)')(?=\s|$)/g,
    (_, before: string, double: string | undefined, single: string | undefined) => {
      const inner = double ?? single ?? '';
      return before + (/^[\w@%+,./:=-]+$/.test(inner) ? inner : `'${inner}'`);
    },
  );
}

function collapse(text: string): string {
  return text
    .replace(/\\\n/g, ' ')
    .trim()
    .replace(/\s+/g, (space) => (space.includes('\n') ? '\n' : ' '));
}

/** They prepare or tell; a line with other commands in it is not about them. */
const SETUP =
  /^(?:cd|pushd|popd|export|unset|set|shopt|echo|printf|true|false|:|sleep|wait|pwd|source|\.|umask|trap|exit|return|shift|local|readonly|declare|read|clear)$/;

/** They only look at what another program wrote. */
const FILTER =
  /^(?:head|tail|grep|egrep|fgrep|rg|cat|wc|sort|uniq|tee|less|more|jq|sed|awk|tr|cut|column|nl|rev|fold|fmt|xxd|tac)$/;

/** Those commands that a line is about. A line of nothing but setting up has none. */
function significantCommands(commands: readonly NamedCommand[]): readonly NamedCommand[] {
  if (commands.length === 1) return commands.filter(({ shown }) => shown.length > 0);
  return commands.filter(
    ({ program, isPiped }) =>
      program !== '' && !SETUP.test(program) && !(isPiped && FILTER.test(program)),
  );
}

import { LruCache } from '../../core/lru-cache.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import { hasPlace, mask, unmask } from '../../shell/generalise.ts';
import { type GeneralForm, generalForm, type NamedCommand } from '../../shell/general-form.ts';
import { unwrapShell } from '../../shell/wrappers.ts';
import { listOpenTexts, OPEN } from './open-shape.ts';

/**
 * The general form of a call. Calls that differ only in paths, numbers, hashes, times and quoted
 * texts share one.
 */
export interface CommandShape {
  /** Name of the view file: 16 hex digits of tool and text. */
  readonly key: string;
  /**
   * Program, subcommand and flags as written; `<path>`, `<n>`, `<hash>`, `<time>`, `<text>` for
   * everything else. The shape of this text has the same text.
   */
  readonly text: string;
  /**
   * 16 hex digits of tool and command as written, with white space collapsed; for a part of a line,
   * including its folder.
   */
  readonly exact: string;
  /** The same without leading variables and `sudo`, and without output files, if there are any. */
  readonly bare?: string;
  /** Whether something was generalised, so that other commands share the key. */
  readonly isGeneral: boolean;
  /**
   * Text that every call of this shape contains (words separated by one space). Empty if the line
   * does not show what it runs, so that there is nothing to search for.
   */
  readonly needle: string;
}

/** A shape with the data needed to compare the command with others. */
export interface CommandPart {
  readonly shape: CommandShape;
  /**
   * Shapes shared with every call of its program, its subcommand, each of its options, and each
   * limit in front of it; and its own shape without output files.
   */
  readonly open: readonly CommandShape[];
  /** The runnable command: with its folder, variables, program, words and files. */
  readonly source: string;
  readonly words: readonly string[];
  readonly program: string;
  readonly subcommand: string;
  /** Programs in front of it that are no part of `words`: `timeout`, `nice`. */
  readonly limits: readonly string[];
  readonly isProven: boolean;
}

export interface CommandParts {
  readonly whole: CommandPart;
  /** The significant commands of the line; only `whole` if the line is a single command. */
  readonly parts: readonly CommandPart[];
  /** Every program of the line, in order. */
  readonly programs: readonly string[];
}

/** Tools that change the file that is their target. */
export const EDIT_TOOLS: readonly string[] = ['Edit', 'Write', 'MultiEdit', 'NotebookEdit'];

/**
 * Computes the shapes of a call: first the whole call, then each significant command in it, if
 * different. Never fails, takes linear time, and is deterministic.
 * @param target The result of `describeToolTarget`.
 * @param project Folder of the project: a `cd` to it does not make a different command.
 */
export function computeCommandShapes(
  tool: string,
  target: string,
  project?: string,
): readonly CommandShape[] {
  const { whole, parts } = parseCommandParts(tool, target, project);
  return distinctShapes([whole, ...parts]);
}

/**
 * Returns the shapes that must have succeeded if the call did: the end of a pipe and of a list, and
 * everything joined by `&&`.
 */
export function findProvenShapes(
  tool: string,
  target: string,
  project?: string,
): readonly CommandShape[] {
  const { whole, parts } = parseCommandParts(tool, target, project);
  return distinctShapes([whole, ...parts.filter(({ isProven }) => isProven)]);
}

/** Cache of parsed calls: the calls of a session are compared with each other many times. */
const cache = new LruCache<CommandParts>(512);
const MAX_CACHED_LENGTH = 2_000;

/** Splits a call into its parts. The target of a tool other than Bash is one part. */
export function parseCommandParts(tool: string, target: string, project?: string): CommandParts {
  if (target.length > MAX_CACHED_LENGTH) return takeApart(tool, target, project);
  const question = `${tool}\0${project ?? ''}\0${target}`;
  return cache.get(question, () => takeApart(tool, target, project));
}

function takeApart(tool: string, target: string, project: string | undefined): CommandParts {
  if (tool !== 'Bash') {
    const whole = targetPart(tool, target);
    return { whole, parts: [whole], programs: [] };
  }
  const wrapped = unwrapShell(target);
  if (wrapped !== undefined)
    return inShell(tool, target, wrapped.shell, takeApart(tool, wrapped.line, project));
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

/**
 * Parts of a line that a shell gets as an argument. The shell is a wrapper: it makes no other
 * command, but its start files may be what helps, so a success in it is none of the bare line.
 */
function inShell(
  tool: string,
  target: string,
  shell: string,
  { whole, parts, programs }: CommandParts,
): CommandParts {
  const wrap = (shape: CommandShape): CommandShape => ({
    ...shape,
    exact: exactOf(tool, `${shell} ${shape.exact}`),
    bare: shape.bare ?? shape.exact,
  });
  const within = (part: CommandPart): CommandPart => ({
    ...part,
    ...{ shape: wrap(part.shape), open: part.open.map(wrap), source: target.trim() },
  });
  return { whole: within(whole), parts: parts.map(within), programs };
}

function partOf(tool: string, command: NamedCommand, project: string | undefined): CommandPart {
  const { program, subcommand, words, limits, setup } = command;
  const text = unmask(command.form);
  const raw = unmask(command.source);
  const before = setup
    .filter((step) => step !== `cd ${project}` && step !== `cd "${project}"`)
    .map(unmask);
  const source = [...before, raw].join(' && ');
  const isGeneral = hasPlace(mask(text));
  const exact = exactOf(tool, [...before, removeVerbosityVariables(raw)].join(' && '));
  const bare = exactOf(tool, [...before.filter(isMeaningful), bareOf(command)].join(' && '));
  const besides =
    subcommand !== '' && raw.includes(`${bareName(program)} ${subcommand}`) ? ` ${subcommand}` : '';
  const shape = {
    ...{ key: keyOf(tool, text), text, exact, ...(bare === exact ? {} : { bare }) },
    ...{ isGeneral, needle: bareName(program) + besides },
  };
  return {
    shape,
    open: [
      ...listOpenTexts(program, subcommand, words.map(unmask)).map((name) => ({
        ...shape,
        ...{ key: keyOf(tool, name), text: name, isGeneral: true },
      })),
      ...limits.map((limit) => ({
        ...shape,
        ...{ key: keyOf(tool, limit + OPEN), text: limit + OPEN, isGeneral: true, needle: limit },
        exact: exactOf(tool, `${limit} ${source}`),
      })),
      ...withoutOutput(
        tool,
        shape,
        [...before, withoutFiles(removeVerbosityVariables(raw), command.files)].join(' && '),
      ),
    ],
    ...{
      source,
      words: words.map(unmask),
      program,
      subcommand,
      limits,
      isProven: command.isProven,
    },
  };
}

/** Returns the same call without its output files. */
function withoutOutput(
  tool: string,
  shape: CommandShape,
  command: string,
): readonly CommandShape[] {
  const text = shape.text.replace(/(?: > <path>)+$/, '');
  return text === shape.text || !text.includes(' ')
    ? []
    : [{ ...shape, key: keyOf(tool, text), text, exact: exactOf(tool, command) }];
}

/**
 * Whether a step matters for a wrong call. A variable set before does not, unless it says where
 * programs are.
 */
const isMeaningful = (step: string): boolean => !/^export (?!PATH=)\w+=\S*$/.test(step);

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
    limits: [],
    ...{
      source: target.trim(),
      words,
      program: parts.length === 1 ? (parts[0]?.program ?? '') : '',
      subcommand: '',
      isProven: true,
    },
  };
}

/**
 * An edit is identified by its file, another call by its target. All tools that edit share what is
 * known about a file.
 */
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
    limits: [],
    ...{ source: text, words: [text], program: family, subcommand: '', isProven: true },
  };
}

/** Variables that change the verbosity, not the result. */
const TRIMMINGS =
  /(^|[\s;&|(])(?:(?:CI|NODE_ENV|FORCE_COLOR|NO_COLOR|CLICOLOR|DEBUG|VERBOSE|TERM|LANG|LC_ALL|COLUMNS|PAGER|GIT_PAGER|HUSKY|RUST_BACKTRACE|RUST_LOG|PYTHONUNBUFFERED)=[\w.,:*/-]*\s+)+(?=\S)/g;

/** Removes leading variables that do not change the command. */
export function removeVerbosityVariables(command: string): string {
  return command.replace(TRIMMINGS, '$1');
}

function distinctShapes(parts: readonly CommandPart[]): readonly CommandShape[] {
  const shapes = parts.flatMap(({ shape, open }) => [shape, ...open]);
  const known = new Map(shapes.map((shape) => [`${shape.key} ${shape.exact}`, shape] as const));
  return [...known.values()];
}

/** Returns the name of a program without its path. */
function bareName(program: string): string {
  return program.replace(/^\.\//, '').replace(/^test$/, '');
}

function keyOf(tool: string, text: string): string {
  return shortHash16(`${tool}\n${text}`);
}

function exactOf(tool: string, command: string): string {
  return shortHash16(`${tool}\n${collapse(tool === 'Bash' ? withPlainQuotes(command) : command)}`);
}

function bareOf({ environment, source, words, files }: NamedCommand): string {
  const before = environment.join(' ');
  const rest = unmask(
    before !== '' && source.startsWith(before) ? source.slice(before.length) : source,
  );
  const bare = words[0] === 'sudo' ? rest.trim().replace(/^sudo (?:-[nHEk] )*/, '') : rest.trim();
  return withoutFiles(bare.replace(/^env (?:-u \w+ |\w+=\S* )+/, ''), files);
}

/** Removes output files and empty input, because they do not matter for a wrong call. */
function withoutFiles(command: string, files: NamedCommand['files']): string {
  const idle = files.filter(({ sign, path }) => sign === '>' || path === '/dev/null');
  return idle.reduce((text, { raw }) => text.replace(` ${unmask(raw)}`, ''), command);
}

/** Normalises quotes: removes unneeded ones, and unifies the kind if the meaning is the same. */
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

/** Commands that prepare or print. A line with other commands is not about them. */
const SETUP =
  /^(?:cd|pushd|popd|export|unset|set|shopt|echo|printf|true|false|:|sleep|wait|pwd|source|\.|umask|trap|exit|return|shift|local|readonly|declare|read|clear)$/;

/** Commands that only filter the output of another program. */
const FILTER =
  /^(?:head|tail|grep|egrep|fgrep|rg|cat|wc|sort|uniq|tee|less|more|jq|sed|awk|tr|cut|column|nl|rev|fold|fmt|xxd|tac)$/;

/** Returns the commands that a line is about. A line with only setup commands has none. */
function significantCommands(commands: readonly NamedCommand[]): readonly NamedCommand[] {
  if (commands.length === 1) return commands.filter(({ shown }) => shown.length > 0);
  return commands.filter(
    ({ program, isPiped }) =>
      program !== '' && !SETUP.test(program) && !(isPiped && FILTER.test(program)),
  );
}

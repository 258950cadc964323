import type {
  Candidate,
  CompletionCommand,
  CompletionOption,
  CompletionTable,
  CompletionValue,
} from './completion-table.ts';

/** What may come in place of a word that is being typed. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What must be looked up: `files`, `folders`, or something that was recorded. */
  readonly kind?: string;
  /** Put before each candidate: `--session=`. */
  readonly prefix: string;
  /** What a candidate begins with. */
  readonly begun: string;
}

/**
 * Completes a command line from the table of commands.
 * @param words What is typed behind `waymark`; the last one is not finished yet.
 */
export function complete(words: readonly string[], table: CompletionTable): Completion {
  const begun = words[words.length - 1] ?? '';
  const typed = readWords(words.slice(0, -1), table);
  const inline = /^(--[\w-]+=)(.*)$/s.exec(begun);
  if (inline !== null && !typed.isRaw) {
    const [, prefix = '', rest = ''] = inline;
    const option = optionNamed(typed.options, prefix.slice(0, -1));
    return valueFor(option?.value, { begun: rest, prefix, typed, table });
  }
  if (typed.awaits !== undefined)
    return valueFor(typed.awaits, { begun, prefix: '', typed, table });
  if (begun.startsWith('-') && !typed.isRaw) return found(optionWords(typed.options), begun);
  const next = nextValue(typed.command, typed.count);
  const value = valueFor(next, { begun, prefix: '', typed, table });
  const names = typed.count === 0 ? subcommands(typed.path, table) : [];
  return { ...value, candidates: [...filterCandidates(names, begun), ...value.candidates] };
}

/** What the finished words say. */
interface Typed {
  readonly path: string;
  readonly command: CompletionCommand;
  readonly options: readonly CompletionOption[];
  /** Words that are values of the command. */
  readonly count: number;
  /** The first of those. */
  readonly first: string;
  /** The value that the last option waits for. */
  readonly awaits?: CompletionValue;
  /** Behind `--` nothing is an option. */
  readonly isRaw: boolean;
}

const NOTHING: CompletionCommand = { doc: '', options: [], values: [], takesAll: false };

function readWords(words: readonly string[], table: CompletionTable): Typed {
  let [path, first, count, isRaw] = ['', '', 0, false];
  let awaits: CompletionValue | undefined;
  for (const word of words[0] === 'help' ? words.slice(1) : words) {
    if (awaits !== undefined) awaits = undefined;
    else if (isRaw) count += 1;
    else if (word === '--') isRaw = true;
    else if (word.startsWith('-')) awaits = optionNamed(optionsOf(path, table), word)?.value;
    else if (count === 0 && table.commands[join(path, word)] !== undefined) path = join(path, word);
    else {
      if (count === 0) first = word;
      count += 1;
    }
  }
  const command = table.commands[path] ?? NOTHING;
  const options = optionsOf(path, table);
  return {
    path,
    command,
    options,
    count,
    first,
    isRaw,
    ...(awaits === undefined ? {} : { awaits }),
  };
}

function join(path: string, word: string): string {
  return path === '' ? word : `${path} ${word}`;
}

/**
 * Those of the command, of the list that its group runs by default, and those that go with every
 * command.
 */
function optionsOf(path: string, table: CompletionTable): readonly CompletionOption[] {
  const paths = [...new Set([path, join(path, 'list'), ''])];
  return paths.flatMap((one) => table.commands[one]?.options ?? []);
}

function optionNamed(
  options: readonly CompletionOption[],
  flag: string,
): CompletionOption | undefined {
  return options.find(({ flags }) => flags.includes(flag));
}

function optionWords(options: readonly CompletionOption[]): readonly Candidate[] {
  const words = options.map(({ flags, doc }) => ({ value: flags[flags.length - 1] ?? '', doc }));
  return words.filter(
    ({ value }, place) => words.findIndex((one) => one.value === value) === place,
  );
}

function nextValue(
  { values, takesAll }: CompletionCommand,
  count: number,
): CompletionValue | undefined {
  return values[count] ?? (takesAll ? values[values.length - 1] : undefined);
}

function subcommands(path: string, table: CompletionTable): readonly Candidate[] {
  const depth = path === '' ? 1 : path.split(' ').length + 1;
  return Object.entries(table.commands).flatMap(([name, { doc }]) => {
    const words = name.split(' ');
    const isBelow =
      name !== '' && words.length === depth && (path === '' || name.startsWith(`${path} `));
    return isBelow ? [{ value: words[depth - 1] ?? '', doc }] : [];
  });
}

interface Place {
  readonly begun: string;
  readonly prefix: string;
  readonly typed: Typed;
  readonly table: CompletionTable;
}

function valueFor(
  value: CompletionValue | undefined,
  { begun, prefix, typed, table }: Place,
): Completion {
  const { choices, kind } = value ?? {};
  if (choices !== undefined)
    return found(
      choices.map((one) => ({ value: one, doc: '' })),
      begun,
      prefix,
    );
  if (kind === undefined) return { candidates: [], prefix, begun };
  const words = table.words[kind === 'value' ? `value ${typed.first}` : kind];
  if (words !== undefined) return found(words, begun, prefix);
  return kind === 'value' ? found([], begun, prefix) : { candidates: [], kind, prefix, begun };
}

function found(all: readonly Candidate[], begun: string, prefix = ''): Completion {
  return { candidates: filterCandidates(all, begun), prefix, begun };
}

/** Those that begin so. */
export function filterCandidates(all: readonly Candidate[], begun: string): readonly Candidate[] {
  return all.filter(({ value }) => value.startsWith(begun));
}

import { generaliseWord, hasPlace, mask, PLACEHOLDER } from './generalise.ts';
import { generaliseFiles, type Program } from './program.ts';
import { shellLine } from './shell-line.ts';
import { isLimit } from './wrappers.ts';

/** A program of a line in the form that failure memory compares. All texts are masked. */
export interface NamedCommand {
  /**
   * Name of the program. Without its folder for an installed one; `''` if the line does not name
   * it.
   */
  readonly program: string;
  /** The subcommand of programs that have one (`git push`, `npm run`), else `''`. */
  readonly subcommand: string;
  /**
   * Words of the general form: the program, its subcommand and its options; placeholders for the
   * rest.
   */
  readonly shown: readonly string[];
  /** The general form, including files. */
  readonly form: string;
  /** The words as written. */
  readonly words: readonly string[];
  /** Wrappers that are no part of `words`: `timeout`, `nice`. */
  readonly limits: readonly string[];
  /** Variables in front, as written. */
  readonly environment: readonly string[];
  /** The complete text as written: variables, wrappers, words, files. */
  readonly source: string;
  readonly files: Program['files'];
  readonly isPiped: boolean;
  readonly isProven: boolean;
  readonly setup: readonly string[];
}

/** A line in its general form: placeholders replace what differs from call to call. */
export interface GeneralForm {
  /** The whole line (masked). */
  readonly form: string;
  readonly commands: readonly NamedCommand[];
}

/** Longest part of a command to parse. Tool targets are shorter. */
const LONGEST = 2_000;

/**
 * Returns the general form of a command line. Accepts any text: splits at white space what is not
 * shell. Linear in the length of the line.
 */
export function generalForm(line: string): GeneralForm {
  const source = mask(line.slice(0, LONGEST)).trim();
  const { found, isBroken } = formOf(source);
  const isReadable =
    found.form !== '' && (!isBroken || formOf(found.form).found.form === found.form);
  return isReadable
    ? found
    : { ...asWords(source), ...(found.commands.length > 1 ? { commands: found.commands } : {}) };
}

function formOf(source: string): { readonly found: GeneralForm; readonly isBroken: boolean } {
  const { pieces, isBroken } = shellLine(source);
  const named = pieces.map((piece) => (typeof piece === 'string' ? piece : namedCommand(piece)));
  const form = named.map((piece) => (typeof piece === 'string' ? piece : piece.form)).join('');
  const commands = named.filter((piece) => typeof piece !== 'string');
  return { found: { form, commands }, isBroken };
}

function asWords(source: string): GeneralForm {
  const all = source.split(/\s+/).filter((word) => word !== '');
  const from = all.findIndex((word) => !/^\w+\+?=/.test(word));
  const [environment, raws] = from === -1 ? [all, []] : [all.slice(0, from), all.slice(from)];
  const command = nameWords(raws, {
    typed: raws,
    environment,
    wrappers: [],
    files: [],
    isPiped: false,
    isProven: true,
    setup: [],
  });
  return { form: command.form, commands: raws.length === 0 ? [] : [command] };
}

const HAS_SUBCOMMAND =
  /^(?:git|gh|glab|npm|pnpm|yarn|bun|npx|bunx|deno|docker|docker-compose|podman|kubectl|helm|minikube|terraform|pulumi|cargo|rustup|go|pip3?|pipx|uv|uvx|poetry|conda|apt|apt-get|apk|brew|dnf|yum|systemctl|service|make|just|task|mvn|gradle|gradlew|\.\/gradlew|\.\/mvnw|dotnet|bundle|rails|rake|gem|mix|composer|php|artisan|aws|gcloud|az|heroku|fly|flyctl|vercel|netlify|supabase|firebase|wrangler|prisma|turbo|nx|lerna|ng|vue|expo|flutter|dart|swift|zig|nix|ansible|vagrant|openssl|ssh-keygen|journalctl|snap|nvm|fnm|asdf|mise|claude|waymark)$/;

/** Options before a subcommand whose value is the next word. */
const TAKES_VALUE =
  /^(?:-[CcHnpw]|--(?:prefix|namespace|context|git-dir|work-tree|profile|cwd|dir|directory|chdir|filter|workspace|manifest-path|region|project|file|host))$/;

/** Programs whose arguments are all paths, except options. */
const TAKES_PATHS =
  /^(?:cd|pushd|ls|cat|rm|rmdir|cp|mv|mkdir|touch|less|more|head|tail|wc|stat|file|du|tree|source|\.|open|bat|nano|vim|code)$/;

/** Programs whose second word only says of which kind the next one is. */
const TWO_WORDS =
  /^(?:run|run-script|exec|compose|mod|remote|stash|submodule|worktree|container|image|volume|network|tool|config|dlx|get|describe|delete|rollout|repo|pr|issue|s3|ec2)$/;

function namedCommand(program: Program): NamedCommand {
  const { nameWord, words } = program;
  const raws = [...(nameWord === undefined ? [] : [nameWord]), ...words].map(({ raw }) => raw);
  return nameWords(raws, program);
}

/**
 * @param raws The program and its words, without wrappers: `sudo -u x git push` is about `git
 * push`.
 */
function nameWords(
  raws: readonly string[],
  command: Pick<
    Program,
    'typed' | 'wrappers' | 'environment' | 'files' | 'isPiped' | 'isProven' | 'setup'
  >,
): NamedCommand {
  const { typed, wrappers, environment, files, isPiped, isProven, setup } = command;
  const { program, subcommand, shown } = shownWords(raws);
  const forms = generaliseFiles(files);
  // Without the variables before a program. Without a program, they are all there is.
  const visible = shown.length > 0 ? shown : environment.map(wordText);
  return {
    program,
    subcommand,
    shown,
    form: [...visible, ...forms].join(' ') || ':',
    words: typed,
    limits: wrappers.filter(isLimit),
    environment,
    source: [...environment, ...typed, ...files.map(({ raw }) => raw)].join(' '),
    files,
    isPiped,
    isProven,
    setup,
  };
}

function shownWords(
  raws: readonly string[],
): Pick<NamedCommand, 'program' | 'subcommand' | 'shown'> {
  const [first, ...rest] = raws;
  const program = first === undefined ? '' : shownName(first);
  if (program === '') {
    const shown = raws.map((raw, index) =>
      index === 0 && RESERVED.test(raw) ? PLACEHOLDER.text : wordText(raw),
    );
    return { program, subcommand: '', shown };
  }
  const operands = HAS_SUBCOMMAND.test(program) ? subcommandsAt(rest) : [];
  const shown = rest.map((raw, index) =>
    operands.includes(index)
      ? unquoted(raw)
      : TAKES_PATHS.test(program) && isName(raw)
        ? PLACEHOLDER.path
        : wordText(raw),
  );
  const [at] = operands;
  const ending = first === '[' && rest.at(-1) === ']' ? shown.slice(0, -1) : shown;
  const subcommand = at === undefined ? '' : unquoted(rest[at] ?? '');
  return { program, subcommand, shown: [program, ...ending] };
}

/** `/usr/bin/git` is `git`. A program of the project keeps a mark that it is one. */
function shownName(raw: string): string {
  const word = unquoted(raw);
  if (word === '[') return 'test';
  const [, folder = '', name = ''] =
    /^(.*\/)?([\w\u00c0-\u167f\u3040-\udfff.+@:-]+)$/s.exec(word) ?? [];
  if (name === '' || /^[\d-]/.test(name) || RESERVED.test(name)) return '';
  return folder === '' || /^\/(?:usr\/|usr\/local\/|opt\/homebrew\/)?s?bin\/$/.test(folder)
    ? name
    : `./${name}`;
}

const RESERVED =
  /^(?:if|then|else|elif|fi|do|done|case|esac|while|until|for|in|function|select|coproc|time)$/;

/**
 * Returns the positions of the words that say what to do: the first operand, and the second if the
 * first one needs it.
 */
function subcommandsAt(raws: readonly string[]): readonly number[] {
  const at = raws.findIndex(
    (raw, index) => !raw.startsWith('-') && !TAKES_VALUE.test(raws[index - 1] ?? ''),
  );
  const first = unquoted(raws[at] ?? '');
  if (at === -1 || !isName(first)) return [];
  const second = raws[at + 1];
  return second !== undefined && TWO_WORDS.test(first) && isName(unquoted(second))
    ? [at, at + 1]
    : [at];
}

function isName(word: string): boolean {
  return (
    /^[A-Za-z\u00c0-\u167f\u3040-\udfff][\w\u00c0-\u167f\u3040-\udfff:.@-]*$/.test(word) &&
    !/^(?=.*\d)[\da-f]{7,}$/i.test(word)
  );
}

function unquoted(raw: string): string {
  const [, , inner = raw] = /^(["'])([\w@%+,./:=-]+)\1$/.exec(raw) ?? [];
  return inner;
}

/**
 * Characters without a special meaning for a shell, so that a shape can be parsed as a command
 * again. Letters are given by their ranges: a Unicode class costs a hook most of a millisecond.
 */
const PLAIN = /^[\w\u00c0-\u167f\u3040-\udfff\uE000-\uE004%+,./:=@^~*?-]+$/;
const VARIABLE = /^\$\w+$/;
const VARIABLE_PATH = /^\$(?:\w+|\{\w+\})\/[\w./-]*$/;

/**
 * Generalises a word of a command line (masked). A quoted text stays a text, whatever it contains;
 * a flag keeps its name.
 */
function wordText(raw: string): string {
  const [, name = '', value = raw] = /^(--?[A-Za-z][\w-]*=|[A-Za-z_]\w*\+?=)(.*)$/s.exec(raw) ?? [];
  if (raw.startsWith('-') && name === '') return flagText(raw);
  return name + valueText(value);
}

function valueText(value: string): string {
  if (value === '' || VARIABLE.test(value)) return value;
  if (VARIABLE_PATH.test(value)) return PLACEHOLDER.path;
  if (/^\{[\w.,/-]+\}$/.test(value)) return PLACEHOLDER.path;
  if (!PLAIN.test(value)) return PLACEHOLDER.text;
  return hasPlace(value) && value.length === 1 ? value : generaliseWord(value);
}

function flagText(flag: string): string {
  if (/^-\d+$/.test(flag)) return `-${PLACEHOLDER.n}`;
  if (!PLAIN.test(flag)) {
    const name = /^--?[A-Za-z][\w-]*/.exec(flag)?.[0];
    return name === undefined ? PLACEHOLDER.text : flagText(name);
  }
  const [, letter = '', value = ''] = /^(-[A-Za-z])([\d./~].*)$/.exec(flag) ?? [];
  return letter === '' ? flag : letter + generaliseWord(value);
}

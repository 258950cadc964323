import { generaliseWord, hasPlace, mask, PLACE } from './generalise.ts';
import { fileForms, type Program } from './program.ts';
import { shellLine } from './shell-line.ts';

/** A program of a line in the form that failure memory compares. All texts are masked. */
export interface NamedCommand {
  /** Name of the program, without the folder of an installed one. `''` when the line does not say it. */
  readonly program: string;
  /** The subcommand, for programs that have one (`git push`, `npm run`), else `''`. */
  readonly subcommand: string;
  /** Words of the general form: the program, its subcommand, its options; the rest as placeholders. */
  readonly shown: readonly string[];
  /** The general form, with the files. */
  readonly form: string;
  /** The words as written. */
  readonly words: readonly string[];
  /** Variables in front, as written. */
  readonly environment: readonly string[];
  /** All of it as written: variables, wrappers, words, files. */
  readonly source: string;
  readonly isPiped: boolean;
  readonly isProven: boolean;
  readonly setup: readonly string[];
}

/** A line in its general form: what differs from call to call is a placeholder. */
export interface GeneralForm {
  /** The whole line (masked). */
  readonly form: string;
  readonly commands: readonly NamedCommand[];
}

/** Longest part of a command that is looked at; what tool targets hold is shorter. */
const LONGEST = 2_000;

/** The general form of a command line. Total: what is no shell is taken as words between white space. Linear in the length of the line. */
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
    files: [],
    isPiped: false,
    isProven: true,
    setup: [],
  });
  return { form: command.form, commands: raws.length === 0 ? [] : [command] };
}

const HAS_SUBCOMMAND =
  /^(?:git|gh|glab|npm|pnpm|yarn|bun|npx|bunx|deno|docker|docker-compose|podman|kubectl|helm|minikube|terraform|pulumi|cargo|rustup|go|pip3?|pipx|uv|uvx|poetry|conda|apt|apt-get|apk|brew|dnf|yum|systemctl|service|make|just|task|mvn|gradle|gradlew|\.\/gradlew|\.\/mvnw|dotnet|bundle|rails|rake|gem|mix|composer|php|artisan|aws|gcloud|az|heroku|fly|flyctl|vercel|netlify|supabase|firebase|wrangler|prisma|turbo|nx|lerna|ng|vue|expo|flutter|dart|swift|zig|nix|ansible|vagrant|openssl|ssh-keygen|journalctl|snap|nvm|fnm|asdf|mise|claude|waymark)$/;

/** Options before a subcommand that take their value from the next word. */
const TAKES_VALUE =
  /^(?:-[CcHnpw]|--(?:prefix|namespace|context|git-dir|work-tree|profile|cwd|dir|directory|chdir|filter|workspace|manifest-path|region|project|file|host))$/;

/** Whatever they are given that is no option is a path. */
const TAKES_PATHS =
  /^(?:cd|pushd|ls|cat|rm|rmdir|cp|mv|mkdir|touch|less|more|head|tail|wc|stat|file|du|tree|source|\.|open|bat|nano|vim|code)$/;

/** Their second word only says of which kind the next is. */
const TWO_WORDS =
  /^(?:run|run-script|exec|compose|mod|remote|stash|submodule|worktree|container|image|volume|network|tool|config|dlx|get|describe|delete|rollout|repo|pr|issue|s3|ec2)$/;

function namedCommand(program: Program): NamedCommand {
  const { nameWord, words } = program;
  const raws = [...(nameWord === undefined ? [] : [nameWord]), ...words].map(({ raw }) => raw);
  return nameWords(raws, program);
}

/** @param raws The program and its words, without the wrappers: `sudo -u x git push` is about `git push`. */
function nameWords(
  raws: readonly string[],
  command: Pick<Program, 'typed' | 'environment' | 'files' | 'isPiped' | 'isProven' | 'setup'>,
): NamedCommand {
  const { typed, environment, files, isPiped, isProven, setup } = command;
  const { program, subcommand, shown } = shownWords(raws);
  const forms = fileForms(files);
  // without the variables before a program; where there is no program they are what there is
  const visible = shown.length > 0 ? shown : environment.map(wordText);
  return {
    program,
    subcommand,
    shown,
    form: [...visible, ...forms].join(' ') || ':',
    words: typed,
    environment,
    source: [...environment, ...typed, ...files.map(({ raw }) => raw)].join(' '),
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
      index === 0 && RESERVED.test(raw) ? PLACE.text : wordText(raw),
    );
    return { program, subcommand: '', shown };
  }
  const operands = HAS_SUBCOMMAND.test(program) ? subcommandsAt(rest) : [];
  const shown = rest.map((raw, index) =>
    operands.includes(index)
      ? unquoted(raw)
      : TAKES_PATHS.test(program) && isName(raw)
        ? PLACE.path
        : wordText(raw),
  );
  const [at] = operands;
  const ending = first === '[' && rest.at(-1) === ']' ? shown.slice(0, -1) : shown;
  const subcommand = at === undefined ? '' : unquoted(rest[at] ?? '');
  return { program, subcommand, shown: [program, ...ending] };
}

/** `/usr/bin/git` is `git`; a program of the project keeps a sign that it is one. */
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

/** Places of the words that say what is to be done: the first operand, and the second where the first needs it. */
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
 * Characters that mean nothing special to a shell, so that a shape can be read as a command again. Letters by their ranges: a class
 * of Unicode costs a hook most of a millisecond to make.
 */
const PLAIN = /^[\w\u00c0-\u167f\u3040-\udfff\uE000-\uE004%+,./:=@^~*?-]+$/;
const VARIABLE = /^\$\w+$/;
const VARIABLE_PATH = /^\$(?:\w+|\{\w+\})\/[\w./-]*$/;

/** A word of a command line, generalised (masked). A quoted text is a text whatever it says; a flag keeps its name. */
function wordText(raw: string): string {
  const [, name = '', value = raw] = /^(--?[A-Za-z][\w-]*=|[A-Za-z_]\w*\+?=)(.*)$/s.exec(raw) ?? [];
  if (raw.startsWith('-') && name === '') return flagText(raw);
  return name + valueText(value);
}

function valueText(value: string): string {
  if (value === '' || VARIABLE.test(value)) return value;
  if (VARIABLE_PATH.test(value)) return PLACE.path;
  if (/^\{[\w.,/-]+\}$/.test(value)) return PLACE.path;
  if (!PLAIN.test(value)) return PLACE.text;
  return hasPlace(value) && value.length === 1 ? value : generaliseWord(value);
}

function flagText(flag: string): string {
  if (/^-\d+$/.test(flag)) return `-${PLACE.n}`;
  if (!PLAIN.test(flag)) {
    const name = /^--?[A-Za-z][\w-]*/.exec(flag)?.[0];
    return name === undefined ? PLACE.text : flagText(name);
  }
  const [, letter = '', value = ''] = /^(-[A-Za-z])([\d./~].*)$/.exec(flag) ?? [];
  return letter === '' ? flag : letter + generaliseWord(value);
}

import { wrapperWords } from './shell-wrappers.ts';
import { PLACE } from './generalise.ts';
import type { SimpleCommand } from './parse-commands.ts';
import type { ShellWord } from './shell-word.ts';

/** A simple command without the wrappers around its program. */
export interface NamedCommand extends SimpleCommand {
  /** Name of the program, without the folder of an installed one. `''` when the line does not say it. */
  readonly program: string;
  /** What the program is told to do, for programs that are told so in their first words (`git push`, `npm run`), else `''`. */
  readonly subcommand: string;
  /** The program and its words (masked); these make the shape. */
  readonly shown: readonly string[];
}

const HAS_SUBCOMMAND =
  /^(?:git|gh|glab|npm|pnpm|yarn|bun|npx|bunx|deno|docker|docker-compose|podman|kubectl|helm|minikube|terraform|pulumi|cargo|rustup|go|pip3?|pipx|uv|uvx|poetry|conda|apt|apt-get|apk|brew|dnf|yum|systemctl|service|make|just|task|mvn|gradle|gradlew|\.\/gradlew|\.\/mvnw|dotnet|bundle|rails|rake|gem|mix|composer|php|artisan|aws|gcloud|az|heroku|fly|flyctl|vercel|netlify|supabase|firebase|wrangler|prisma|turbo|nx|lerna|ng|vue|expo|flutter|dart|swift|zig|nix|ansible|vagrant|openssl|ssh-keygen|journalctl|snap|nvm|fnm|asdf|mise|claude|waymark)$/;

/** Options that stand before a subcommand and have their value in the next word. */
const TAKES_VALUE =
  /^(?:-[CcHnpw]|--(?:prefix|namespace|context|git-dir|work-tree|profile|cwd|dir|directory|chdir|filter|workspace|manifest-path|region|project|file|host))$/;

/** Whatever they are given that is no option is a path. */
const TAKES_PATHS =
  /^(?:cd|pushd|ls|cat|rm|rmdir|cp|mv|mkdir|touch|less|more|head|tail|wc|stat|file|du|tree|source|\.|open|bat|nano|vim|code)$/;

/** Their second word only says of which kind the next is. */
const TWO_WORDS =
  /^(?:run|run-script|exec|compose|mod|remote|stash|submodule|worktree|container|image|volume|network|tool|config|dlx|get|describe|delete|rollout|repo|pr|issue|s3|ec2)$/;

/** Each command of a line, ready to be told apart. */
export function namedCommand(command: SimpleCommand): NamedCommand {
  const words = command.words.slice(wrapperWords(command.words.map(({ raw }) => raw))); // `sudo -u x git push` is about `git push`
  const [first, ...rest] = words;
  const program = first === undefined ? '' : programName(first.raw);
  if (program === '') {
    const shown = words.map(({ raw, text }, index) =>
      index === 0 && RESERVED.test(raw) ? PLACE.text : text,
    );
    return { ...command, program, subcommand: '', shown };
  }
  const operands = HAS_SUBCOMMAND.test(program) ? subcommandsAt(rest) : [];
  const shown = rest.map(({ raw, text }, index) =>
    operands.includes(index)
      ? unquoted(raw)
      : TAKES_PATHS.test(program) && isName(raw)
        ? PLACE.path
        : text,
  );
  const [at] = operands;
  const ending = first?.raw === '[' && rest.at(-1)?.raw === ']' ? shown.slice(0, -1) : shown;
  return {
    ...command,
    program,
    subcommand: at === undefined ? '' : unquoted(rest[at]?.raw ?? ''),
    shown: [program, ...ending],
  };
}

/** `/usr/bin/git` is `git`; a program of the project keeps a sign that it is one. */
function programName(raw: string): string {
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
function subcommandsAt(words: readonly ShellWord[]): readonly number[] {
  const at = words.findIndex(
    ({ raw }, index) => !raw.startsWith('-') && !TAKES_VALUE.test(words[index - 1]?.raw ?? ''),
  );
  const first = unquoted(words[at]?.raw ?? '');
  if (at === -1 || !isName(first)) return [];
  const second = words[at + 1];
  return second !== undefined && TWO_WORDS.test(first) && isName(unquoted(second.raw))
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

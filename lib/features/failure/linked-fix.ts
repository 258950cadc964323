import type { CommandPart } from './command-shape.ts';
import type { ErrorKind } from './error-kind.ts';

/** A failed command and one that worked after it. */
interface Link {
  readonly failed: CommandPart;
  readonly later: CommandPart;
  readonly kind: ErrorKind;
  /** What the failed one printed. */
  readonly body: string;
  /** Nothing but looking around lies between the two, and the failed one is not tried again. */
  readonly isNext: boolean;
}

/** Whether `later` does what `failed` was meant to do, by what the error suggests, what both start, or what was changed of what the error is about. */
export function isLinked(link: Link): boolean {
  const { failed, later, kind, body, isNext } = link;
  if (failed.shape.exact === later.shape.exact) return false;
  if (kind !== 'invocation' && kind !== 'environment' && kind !== 'other') return false;
  if (isSuggested(failed, later, body)) return true;
  if (kind === 'other') return false;
  return (
    startsTheSame(failed, later) ||
    (isNext && (isCounterpart(failed, later) || addsWords(failed, later))) ||
    (isNext && kind === 'invocation' && changesTheBlamed(link))
  );
}

/** Programs by which nothing but looking around is done. */
const LOOKS =
  /^(?:ls|ll|tree|cat|bat|head|tail|less|grep|rg|ag|find|fd|pwd|which|type|command|file|stat|wc|jq|echo|printf|man|env|printenv|cd|sort|sed -n|git (?:status|log|branch|diff|show|remote -v|ls-files|tag -l))(?: |$)/;

/** Whether calls made of these commands only look around, so that they do not cut the link between a failure and its fix. */
export function onlyLooks(parts: readonly CommandPart[]): boolean {
  return parts.every(
    ({ words }) =>
      LOOKS.test(words.join(' ')) ||
      words.some((word) => /^(?:--help|-h|--version|help)$/.test(word)),
  );
}

const SUGGESTIONS: readonly RegExp[] = [
  /(?:did you mean|perhaps you meant|maybe you meant|\buse|\btry|\brun|replaced (?:by|with)|renamed to|moved to|in favou?r of|similar (?:command|argument|name|subcommand) (?:is|exists))\b[^\n`'"“]{0,40}[`'"“]([^`'"”\n]{2,80})[`'"”]/gi,
  /(?:did you mean|perhaps you meant|maybe you meant)(?: this| one of these| one of those)?\s*[:?]?\s+([\w:./-]{2,60})/gi,
  /most similar commands? (?:is|are)\s+([\w-]{2,40})/gi,
  /\buse ([\w./-]{2,40}(?: [\w./-]{2,40}){0,2}) instead/gi,
  /or (?:run|use):?\s*\n\s+([^\n]{2,80})/gi,
];

/** Words that an error suggests and only the later command has. */
function isSuggested(failed: CommandPart, later: CommandPart, body: string): boolean {
  const [before, after] = [wordsOf(failed), wordsOf(later)];
  return SUGGESTIONS.some((suggestion) =>
    [...body.matchAll(suggestion)].some(([, text = '']) => {
      const words = text.replace(/[?.]$/, '').trim().split(/\s+/);
      return (
        words.every((word) => after.includes(word)) &&
        !words.every((word) => before.includes(word)) &&
        (failed.program === later.program || words[0] === later.program)
      );
    }),
  );
}

/** What may stand in front of the program that does the work. */
const LAUNCHERS =
  /^(?:(?:sh|bash|zsh|sudo|npx|bunx|uvx|pnpx|python[\d.]* -m|(?:pnpm|npm|yarn|bundle|bun) exec|pnpm dlx|yarn dlx|(?:poetry|uv|pipenv|hatch) run)(?: --| -y)? )+/;

/** A program that starts scripts of a project: which one the project uses is no matter of intent. */
const MANAGERS = /^(?:npm|pnpm|yarn|bun) (?:run(?:-script)? )?(?=\w)/;

function startsTheSame(failed: CommandPart, later: CommandPart): boolean {
  const [before, after] = [failed, later].map(startedBy);
  return before !== undefined && before !== '' && before === after;
}

function startedBy(part: CommandPart): string {
  return wordsOf(part)
    .join(' ')
    .replace(LAUNCHERS, '')
    .replace(MANAGERS, 'script ')
    .replace(/^script (?:i|add)(?= |$)/, 'script install')
    .replace(/^\.\//, '');
}

/** Programs of one system and what does the same on another. */
const COUNTERPARTS: Readonly<Record<string, readonly string[]>> = {
  ...{ copy: ['cp'], xcopy: ['cp'], move: ['mv'], ren: ['mv'], del: ['rm'], erase: ['rm'] },
  ...{ rd: ['rm', 'rmdir'], dir: ['ls'], type: ['cat'], findstr: ['grep', 'rg'], where: ['which'] },
  ...{
    tasklist: ['ps'],
    taskkill: ['kill', 'pkill'],
    ipconfig: ['ip', 'ifconfig'],
    cls: ['clear'],
  },
  ...{ open: ['xdg-open'], pbcopy: ['xclip', 'xsel', 'wl-copy'], md5: ['md5sum'], gsed: ['sed'] },
  ...{ shasum: ['sha256sum'], ifconfig: ['ip'], netstat: ['ss', 'lsof'], service: ['systemctl'] },
  ...{ brew: ['apt', 'apt-get', 'dnf', 'apk'], yum: ['dnf', 'apt', 'apt-get'], gtar: ['tar'] },
  ...{
    python: ['python3'],
    pip: ['pip3', 'pipx', 'uv'],
    pip3: ['pipx', 'uv'],
    docker: ['docker-compose', 'podman'],
  },
  ...{ 'docker-compose': ['docker'], wget: ['curl'], curl: ['wget'], rg: ['grep'], fd: ['find'] },
  ...{
    ag: ['rg', 'grep'],
    bat: ['cat'],
    gradle: ['./gradlew'],
    mvn: ['./mvnw'],
    unzip: ['python3', 'bsdtar'],
  },
};

function isCounterpart(failed: CommandPart, later: CommandPart): boolean {
  return COUNTERPARTS[failed.program]?.includes(later.program) === true;
}

/** All that was said is said again in this order, with more: where to look, what to use. */
function addsWords(failed: CommandPart, later: CommandPart): boolean {
  if (failed.program !== later.program) return false;
  const after = wordsOf(later);
  let at = 0;
  for (const word of after) if (word === wordsOf(failed)[at]) at += 1;
  return at === failed.words.length;
}

/** They read what they are told to: another file is another question. */
const READERS = /^(?:cat|ls|head|tail|less|stat|find|grep|rg|sed|awk|cd|rm|mkdir|touch|curl|wget)$/;

/** The same program with other words in place of those that the error names; numbers and ids are other things, not mistakes. */
function changesTheBlamed({ failed, later, body }: Link): boolean {
  if (failed.program !== later.program || READERS.test(failed.program)) return false;
  const [before, after] = [wordsOf(failed), wordsOf(later)];
  const gone = before.filter((word) => !after.includes(word));
  const come = after.filter((word) => !before.includes(word));
  return (
    gone.length > 0 &&
    gone.length <= 2 &&
    come.length > 0 &&
    come.length <= 3 &&
    gone.every(
      (word) => !/^#?\d+$|^[0-9a-f]{7,}$/.test(word) && body.includes(word.replace(/=.*/s, '')),
    )
  );
}

const wordsOf = ({ words }: CommandPart): readonly string[] =>
  words.slice(0, 60).map((word) => word.replace(/^(["'])(.*)\1$/s, '$2'));

import type { CommandPart } from './command-shape.ts';
import { isQuestion } from './answering.ts';
import type { ErrorKind } from './error-kind.ts';
import { doesTheTask, plainWords, startsTheSame } from './started-by.ts';
import { isNear } from './similar-command.ts';
import { hasWord, isUsageError } from './usage-signs.ts';

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
  if (failed.shape.exact === later.shape.exact || asksForHelp(later)) return false;
  if (kind === 'transient') return isNext && addsWords(failed, later) && namesAnotherPlace(later);
  if (kind !== 'invocation' && kind !== 'environment' && kind !== 'other') return false;
  if (isSuggested(failed, later, body)) return true;
  if (kind !== 'other' && startsTheSame(failed, later)) return true;
  if (!isNext) return false;
  if (kind !== 'other' && isCounterpart(link)) return true;
  if (kind === 'invocation' && replacesOneWord(link)) return true;
  if (onlyLooks([later]) && !onlyLooks([failed])) return false;
  if (kind === 'other')
    return startsTheSame(failed, later) || (changesTheBlamed(link) && isNearly(failed, later));
  return (
    addsWords(failed, later) ||
    isInPlaceOf(link) ||
    changesTheBlamed(link) ||
    replacesOneValue(link) ||
    (kind === 'invocation' && (doesTheTask(failed, later) || saysItAnotherWay(link)))
  );
}

/** Programs by which nothing but looking around is done. */
const LOOKS =
  /^(?:ls|ll|tree|cat|bat|head|tail|less|grep|rg|ag|find|fd|pwd|which|type|command|file|stat|wc|jq|echo|printf|man|env|printenv|cd|sort|sed -n|(?:npm|pnpm|yarn|bun) run$|ps|pgrep|lsof|ss|netstat|df|du|id|whoami|uname|hostname|date|uptime|readlink|realpath|diff|git (?:status|log|branch|diff|show|remote -v|ls-files|tag -l))(?: |$)/;

/** Whether calls made of these commands only look around, so that they do not cut the link between a failure and its fix. */
export function onlyLooks(parts: readonly CommandPart[]): boolean {
  return parts.every(
    (part) =>
      LOOKS.test(part.words.join(' ')) || asksForHelp(part) || isQuestion(part.words.join(' ')),
  );
}

function asksForHelp({ words }: CommandPart): boolean {
  return words.some((word) => /^(?:--help|-h|--version|-V|help|version)$/.test(word));
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
  const [before, after] = [plainWords(failed), plainWords(later)];
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
  ...{ 'Get-ChildItem': ['ls', 'find'], 'Get-Content': ['cat'], 'Remove-Item': ['rm'] },
  ...{ 'Copy-Item': ['cp'], 'Move-Item': ['mv'], 'Select-String': ['grep', 'rg'] },
  ...{ 'Invoke-WebRequest': ['curl', 'wget'], 'Test-Path': ['test', 'ls'], pacman: ['apt', 'dnf'] },
  ...{ readlink: ['realpath', 'greadlink'], md5sum: ['md5'], sha256sum: ['shasum'] },
  ...{ open: ['xdg-open'], pbcopy: ['xclip', 'xsel', 'wl-copy'], md5: ['md5sum'], gsed: ['sed'] },
  ...{ shasum: ['sha256sum'], ifconfig: ['ip'], netstat: ['ss', 'lsof'], service: ['systemctl'] },
  ...{ systemctl: ['service', 'rc-service', 'supervisorctl'] },
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

/** Programs that find and cut text: what one does not understand is asked of another, of the same file. */
const TEXT_TOOLS = /^(?:g?grep|egrep|rg|ag|g?sed|g?awk|perl|cut|tr)$/;

function isCounterpart({ failed, later, body }: Link): boolean {
  if (COUNTERPARTS[failed.program]?.includes(later.program) === true) return true;
  return (
    failed.program !== later.program &&
    TEXT_TOOLS.test(failed.program) &&
    TEXT_TOOLS.test(later.program) &&
    isUsageError(body) &&
    plainWords(failed)
      .slice(1)
      .some((word) => plainWords(later).includes(word))
  );
}

/** The program is missing, or does not work here, and another one is given the same words. */
function isInPlaceOf({ failed, later, kind, body }: Link): boolean {
  if (failed.program === later.program) return false;
  const [before, after] = [heldWords(failed), heldWords(later)];
  const shared = before.filter((word) => after.includes(word)).length;
  if (shared === 0) return false;
  const isMissing =
    hasWord(body, failed.program) &&
    /command not found|: not found|not recognized as|introuvable|nicht gefunden|未找到|找不到/i.test(
      body,
    );
  return isMissing
    ? shared >= before.length / 2
    : kind === 'environment' && shared === before.length;
}

/** Words but the program, and files. */
function heldWords(part: CommandPart): readonly string[] {
  const files = [...part.source.matchAll(/[<>] ?([\w./-]+)/g)].map(([, path = '']) => path);
  return [...plainWords(part).slice(1), ...files];
}

/** Each word that is gone is nearly one that came. */
function isNearly(failed: CommandPart, later: CommandPart): boolean {
  const [before, after] = [plainWords(failed), plainWords(later)];
  const come = after.filter((word) => !before.includes(word));
  return before
    .filter((word) => !after.includes(word))
    .every((word) => come.some((other) => other.startsWith(word) || isNear(word, other)));
}

/** With an option that says whom to ask: nothing was there where the other call looked. */
function namesAnotherPlace(later: CommandPart): boolean {
  return plainWords(later).some((word) =>
    /^(?:-[pPhH]\d*|--(?:port|host|url|endpoint|registry|proxy|socket|server)\b.*)$/.test(word),
  );
}

/** All that was said is said again in this order, with more: where to look, what to use. */
function addsWords(failed: CommandPart, later: CommandPart): boolean {
  if (failed.program !== later.program) return false;
  const after = plainWords(later);
  let at = 0;
  for (const word of after) if (word === plainWords(failed)[at]) at += 1;
  return at === failed.words.length;
}

/** They read the files that they are given: another file is another question. */
const READERS = /^(?:cat|ls|head|tail|less|stat|find|grep|rg|sed|awk|cd|rm|mkdir|touch|curl|wget)$/;

/** The same program with other words in place of those that the error names; numbers and ids are other things, not mistakes. */
function changesTheBlamed({ failed, later, body }: Link): boolean {
  if (failed.program !== later.program || READERS.test(failed.program)) return false;
  const [before, after] = [plainWords(failed), plainWords(later)];
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

/** What a program did not understand is said to the same program in one other word. */
function replacesOneWord({ failed, later, body }: Link): boolean {
  if (failed.program !== later.program || !isUsageError(body)) return false;
  const [before, after] = [plainWords(failed).slice(1), plainWords(later).slice(1)];
  const shared = before.filter((word) => after.includes(word));
  return shared.length > 0 && before.length === after.length && shared.length === before.length - 1;
}

/** The same but for the value of one option: where to look, whom to ask, what to use. */
function replacesOneValue({ failed, later }: Link): boolean {
  const [before, after] = [plainWords(failed), plainWords(later)];
  const changed = before.flatMap((word, at) => (word === after[at] ? [] : [at]));
  const [at = 0] = changed;
  return (
    changed.length === 1 &&
    before.length === after.length &&
    at > 1 &&
    /^--?[A-Za-z][\w-]*$/.test(before[at - 1] ?? '') &&
    !/^-/.test(before[at] ?? '') &&
    !READERS.test(failed.program)
  );
}

/** The same with more words, of one subcommand. */
function saysItAnotherWay({ failed, later, body }: Link): boolean {
  if (failed.program !== later.program || failed.subcommand !== later.subcommand) return false;
  const [before, after] = [plainWords(failed).slice(1), plainWords(later).slice(1)];
  return (
    isUsageError(body) && before.some((word) => after.includes(word) && word !== failed.subcommand)
  );
}

import type { CommandPart } from './command-shape.ts';
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
  if (failed.shape.exact === later.shape.exact) return false;
  if (kind !== 'invocation' && kind !== 'environment' && kind !== 'other') return false;
  if (isSuggested(failed, later, body)) return true;
  if (kind !== 'other' && startsTheSame(failed, later)) return true;
  if (!isNext) return false;
  if (kind !== 'other' && isCounterpart(failed, later)) return true;
  if (onlyLooks([later]) && !onlyLooks([failed])) return false;
  if (kind === 'other')
    return startsTheSame(failed, later) || (changesTheBlamed(link) && isNearly(failed, later));
  return (
    addsWords(failed, later) ||
    isInPlaceOfMissing(link) ||
    changesTheBlamed(link) ||
    (kind === 'invocation' && (doesTheTask(failed, later) || saysItAnotherWay(link)))
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

/** The program is missing, and another one is given the same words. */
function isInPlaceOfMissing({ failed, later, body }: Link): boolean {
  const isMissing =
    hasWord(body, failed.program) &&
    /command not found|: not found|not recognized as|introuvable|nicht gefunden|未找到|找不到/i.test(
      body,
    );
  if (!isMissing || failed.program === later.program) return false;
  const [before, after] = [heldWords(failed), heldWords(later)];
  const shared = before.filter((word) => after.includes(word));
  return shared.length > 0 && shared.length >= before.length / 2;
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

/**
 * What a program did not understand is said in other words: one word is another, or the subcommand is the same and some words are. Whatever was meant, it is
 * the same program for the same thing.
 */
function saysItAnotherWay({ failed, later, body }: Link): boolean {
  if (failed.program !== later.program || !isUsageError(body)) return false;
  const [before, after] = [plainWords(failed).slice(1), plainWords(later).slice(1)];
  const shared = before.filter((word) => after.includes(word) && word !== failed.subcommand);
  if (shared.length === 0) return false;
  const isOneWord = before.length === after.length && shared.length >= before.length - 1;
  return isOneWord || failed.subcommand === later.subcommand;
}

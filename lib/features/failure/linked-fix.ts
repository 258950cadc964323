import type { CommandPart } from './command-shape.ts';
import { isQuestion } from './answer-statuses.ts';
import { isByCounterpart } from './counterparts.ts';
import type { ErrorKind } from './error-kind.ts';
import { addsWords, isAtOtherAddress } from './other-address.ts';
import { performsTask, listPlainWords, startsSameTask } from './started-by.ts';
import { isHelpRequest, isTaskListing, isReadOnlyCommand } from './read-only-commands.ts';
import { isSimilarWord } from './similar-command.ts';
import { hasWord, isBlamed, isUsageError } from './usage-signs.ts';

/** A failed command and one that worked after it. */
interface Link {
  readonly failed: CommandPart;
  readonly later: CommandPart;
  readonly kind: ErrorKind;
  /** Output of the failed command. */
  readonly body: string;
  /** Whether only read-only calls are between the two, and the failed one is not tried again. */
  readonly isNext: boolean;
}

/**
 * Whether `later` does what `failed` was meant to do. Uses what the error suggests, what both
 * start, or what was changed of what the error is about.
 */
export function isLinked(link: Link): boolean {
  const { failed, later, kind, body, isNext } = link;
  if (failed.shape.exact === later.shape.exact || isHelpRequest(later) || isTaskListing(later))
    return false;
  if (kind === 'transient') return isNext && isAtOtherAddress(failed, later);
  if (kind !== 'invocation' && kind !== 'environment' && kind !== 'other') return false;
  if (isSuggested(failed, later, body)) return true;
  if (kind !== 'other' && startsSameTask(failed, later)) return true;
  if (!isNext) return false;
  if (isWithoutLimit(link)) return true;
  if (kind !== 'other' && isByCounterpart(failed, later, body)) return true;
  if (kind === 'invocation' && (replacesOneWord(link) || isByAnotherName(link))) return true;
  if (kind === 'invocation' && matchesThePattern(link)) return true;
  if (isReadOnlyCommand([later]) && !isReadOnlyCommand([failed])) return false;
  if (isAnotherOfItsKind(failed, later)) return false;
  if (kind === 'other')
    return startsSameTask(failed, later) || (changesTheBlamed(link) && isNearly(failed, later));
  return (
    (failed.program === later.program &&
      addsWords(listPlainWords(failed), listPlainWords(later))) ||
    isInPlaceOf(link) ||
    (changesTheBlamed(link) && (kind === 'invocation' || !isAboutAnotherThing(link))) ||
    replacesOneValue(link) ||
    leavesOutTheBlamed(link) ||
    doesItByAnotherCommand(link) ||
    (kind === 'invocation' && (performsTask(failed, later) || saysItAnotherWay(link)))
  );
}

/** Whether what looks like a fix cannot be one: it does nothing, or takes no other port. */
export function isNoFix(failed: CommandPart, later: CommandPart, body: string): boolean {
  return onlyTries(failed, later) || (isPortTaken(body) && !hasOtherPort(failed, later));
}

/** Options with which a program shows what it would do, or checks its input. */
const TRIAL = /^--(?:dry-?run|syntax-check|check|no-?op|no-act|simulate|what-?if|list-\w+)(?:=|$)/;

/** Whether the later command is the same with an option by which it does nothing. */
function onlyTries(failed: CommandPart, later: CommandPart): boolean {
  const [before, after] = [listPlainWords(failed), listPlainWords(later)];
  return (
    addsWords(before, after) && after.some((word) => TRIAL.test(word) && !before.includes(word))
  );
}

const isPortTaken = (body: string): boolean =>
  /EADDRINUSE|address already in use|\bport\b.{0,20}(?:in use|allocated)/i.test(body);

/** Whether the later command has a number that can be a port, and the failed one lacks. */
function hasOtherPort(failed: CommandPart, later: CommandPart): boolean {
  const ports = (part: CommandPart): readonly string[] => part.source.match(/\b\d{2,5}\b/g) ?? [];
  return ports(later).some((port) => !ports(failed).includes(port));
}

const SUGGESTIONS: readonly RegExp[] = [
  /(?:did you mean|perhaps you meant|maybe you meant|\buse|\btry|\brun|replaced (?:by|with)|renamed to|moved to|in favou?r of|similar (?:command|argument|name|subcommand) (?:is|exists))\b[^\n`'"“]{0,40}[`'"“]([^`'"”\n]{2,80})[`'"”]/gi,
  /(?:did you mean|perhaps you meant|maybe you meant)(?: this| one of these| one of those)?\s*[:?]?\s+([\w:./-]{2,60})/gi,
  /most similar commands? (?:is|are)\s+([\w-]{2,40})/gi,
  /\buse ([\w./-]{2,40}(?: [\w./-]{2,40}){0,2}) instead/gi,
  /or (?:run|use):?\s*\n\s+([^\n]{2,80})/gi,
];

/** Whether the later command has words that the error suggests and the failed command lacks. */
function isSuggested(failed: CommandPart, later: CommandPart, body: string): boolean {
  const [before, after] = [listPlainWords(failed), listPlainWords(later)];
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

/**
 * The program is missing, or does not work here, and another one gets the same words; or it refuses
 * what another one accepts.
 */
function isInPlaceOf({ failed, later, kind, body }: Link): boolean {
  if (failed.program === later.program) return false;
  const [before, after] = [heldWords(failed), heldWords(later)];
  const shared = before.filter((word) => after.includes(word)).length;
  if (shared === 0) return false;
  if (isMissing(failed, body)) return shared >= before.length / 2;
  const operands = before.filter((word) => !word.startsWith('-'));
  if (kind === 'environment')
    return operands.length > 0 && operands.every((word) => after.includes(word));
  return (
    kind === 'invocation' &&
    isRefused(body) &&
    !MAKES_A_FILE.test(later.words.join(' ')) &&
    operands.length > 0 &&
    operands.every((word) => after.includes(word))
  );
}

/** Whether a program cannot do this, or not with this kind of file; nothing is missing. */
const isRefused = (body: string): boolean =>
  isUsageError(body) ||
  /\bnot an? \S+ (?:file|archive|format)|signature not found|not in \S+ format|unsupported (?:file|format)/i.test(
    body,
  );

/** Commands that create or change the file that another program refused. */
const MAKES_A_FILE = /^(?:touch|mkdir|cp|mv|ln|chmod|chown|rm|tee|git|vim?|nano|code|sed)(?: |$)/;

/** The same call without the limit that is missing: `npm test` after `timeout 60 npm test`. */
function isWithoutLimit({ failed, later, body }: Link): boolean {
  return (
    failed.limits.includes(failed.program) &&
    isMissing(failed, body) &&
    listPlainWords(failed).slice(1).join(' ') === listPlainWords(later).join(' ')
  );
}

/** A program with another name gets the same words: `batcat x` and `bat x`. */
function isByAnotherName({ failed, later, body }: Link): boolean {
  const [before, after] = [listPlainWords(failed).slice(1), listPlainWords(later).slice(1)];
  return (
    failed.program !== later.program &&
    before.length > 0 &&
    before.join(' ') === after.join(' ') &&
    isMissing(failed, body)
  );
}

function isMissing({ program }: CommandPart, body: string): boolean {
  return (
    hasWord(body, program) &&
    /command not found|: not found|not recognized as|introuvable|nicht gefunden|未找到|找不到/i.test(
      body,
    )
  );
}

/** Another program searches for the files of a pattern, and gets the pattern's last part. */
function matchesThePattern({ later, body }: Link): boolean {
  const [, pattern = ''] = /no matches found: (\S+)/.exec(body) ?? [];
  const last = pattern.replace(/^.*\//s, '');
  return last.length > 2 && last.includes('*') && listPlainWords(later).includes(last);
}

/** Whether the later command is about another thing, whose name differs only in a number. */
export function isAnotherOfItsKind(failed: CommandPart, later: CommandPart): boolean {
  const withoutNumbers = (part: CommandPart): string =>
    listPlainWords(part).join(' ').replace(/\d+/g, '');
  return (
    isQuestion(failed.words.join(' ')) &&
    /\d/.test(failed.words.join(' ')) &&
    withoutNumbers(failed) === withoutNumbers(later)
  );
}

/** Returns the words except the program, and the files. */
function heldWords(part: CommandPart): readonly string[] {
  const files = [...part.source.matchAll(/[<>] ?([\w./-]+)/g)].map(([, path = '']) => path);
  return [...listPlainWords(part).slice(1), ...files];
}

/** Whether each removed word is similar to an added one. */
function isNearly(failed: CommandPart, later: CommandPart): boolean {
  const [before, after] = [listPlainWords(failed), listPlainWords(later)];
  const come = after.filter((word) => !before.includes(word));
  return before
    .filter((word) => !after.includes(word))
    .every((word) => come.some((other) => other.startsWith(word) || isSimilarWord(word, other)));
}

/** Programs that read the given files: another file is another question. */
const READERS = /^(?:cat|ls|head|tail|less|stat|find|grep|rg|sed|awk|cd|rm|mkdir|touch|curl|wget)$/;

/**
 * The same program with other words instead of those that the error names. Numbers and ids are
 * different things, not mistakes.
 */
function changesTheBlamed({ failed, later, body }: Link): boolean {
  if (failed.program !== later.program || READERS.test(failed.program)) return false;
  const [before, after] = [listPlainWords(failed), listPlainWords(later)];
  const gone = before.filter((word) => !after.includes(word));
  const come = after.filter((word) => !before.includes(word));
  return (
    gone.length > 0 &&
    gone.length <= 2 &&
    come.length > 0 &&
    come.length <= 3 &&
    gone.every((word) => !/^#?\d+$|^[0-9a-f]{7,}$/.test(word) && isBlamed(word, body))
  );
}

/**
 * Whether the error names a word. A long word may be the beginning of the name: `nightly` of
 * `nightly-x86_64`.
 */
function isNamed(word: string, body: string): boolean {
  return word.length > 3 ? body.includes(word) : hasWord(body, word);
}

/** The same command without the words that the error names. */
function leavesOutTheBlamed({ failed, later, body }: Link): boolean {
  if (failed.program !== later.program || READERS.test(failed.program)) return false;
  const [before, after] = [listPlainWords(failed), listPlainWords(later)];
  const gone = before.filter((word) => !after.includes(word));
  return (
    after.length > 1 &&
    gone.length > 0 &&
    gone.length <= 2 &&
    before.filter((word) => !gone.includes(word)).join(' ') === after.join(' ') &&
    gone.every((word) => isNamed(word.replace(/^[-+]+|=.*$/gs, ''), body))
  );
}

/** The same program with one different word instead of one that it did not understand. */
function replacesOneWord({ failed, later, body }: Link): boolean {
  if (failed.program !== later.program || !isUsageError(body)) return false;
  const [before, after] = [listPlainWords(failed).slice(1), listPlainWords(later).slice(1)];
  const shared = before.filter((word) => after.includes(word));
  return shared.length > 0 && before.length === after.length && shared.length === before.length - 1;
}

/**
 * Another subcommand, if the first cannot run: `prisma migrate dev` and `prisma migrate deploy`.
 */
function doesItByAnotherCommand({ failed, later, kind }: Link): boolean {
  const [before, after] = [listPlainWords(failed), listPlainWords(later)];
  if (kind === 'environment' && getsTheSame(before, after)) return true;
  const changed = before.flatMap((word, at) => (word === after[at] ? [] : [at]));
  const [at = 0] = changed;
  return (
    kind === 'environment' &&
    before.length === after.length &&
    changed.length === 1 &&
    at > 1 &&
    at <= 3 &&
    [before[at], after[at]].every((word) => /^[a-z][a-z-]+$/.test(word ?? ''))
  );
}

/** Commands that put a thing in its place. */
const PUTS = /^(?:add|install|get|create|new|init|up|apply|deploy|push|publish|sync)$/;

/**
 * Another way of a program to put the same thing in its place: `uv pip install x` and `uv add x`.
 */
function getsTheSame(before: readonly string[], after: readonly string[]): boolean {
  const thing = before.at(-1) ?? '';
  return (
    before[0] === after[0] &&
    thing === after.at(-1) &&
    !thing.startsWith('-') &&
    before.slice(1, -1).some((word) => PUTS.test(word)) &&
    after.slice(1, -1).some((word) => PUTS.test(word))
  );
}

/**
 * Whether the later command is about another thing: an action on `web-7` does not fix one on
 * `api-1`. A name with a number is one of many.
 */
function isAboutAnotherThing({ failed, later }: Link): boolean {
  const after = listPlainWords(later);
  return (
    !isNearly(failed, later) &&
    listPlainWords(failed).some((word) => !after.includes(word) && /^[a-z][\w-]*\d\w*$/i.test(word))
  );
}

/** The same except for the value of one option: where to look, whom to ask, what to use. */
function replacesOneValue({ failed, later }: Link): boolean {
  const [before, after] = [listPlainWords(failed), listPlainWords(later)];
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

/** The same subcommand with more words. */
function saysItAnotherWay({ failed, later, body }: Link): boolean {
  if (failed.program !== later.program || failed.subcommand !== later.subcommand) return false;
  const [before, after] = [listPlainWords(failed).slice(1), listPlainWords(later).slice(1)];
  return (
    isUsageError(body) && before.some((word) => after.includes(word) && word !== failed.subcommand)
  );
}

import { DAY_MS } from '../../core/clock.ts';
import { foundNothing } from './answering.ts';
import type { CommandShape } from './command-shape.ts';
import type { FailedMoment, FailureView, KnownPattern } from './known-pattern.ts';
import { isOpenText } from './open-shape.ts';

export interface Judged {
  readonly pattern: KnownPattern;
  /** `replace`: the fix may stand in place of the command, if the shape is that of the whole call. */
  readonly verdict: 'warn' | 'ask' | 'deny' | 'replace';
}

export interface Place {
  readonly project: string;
  readonly repository?: string;
  /** Milliseconds. */
  readonly now: number;
}

/** Half of what was learned is forgotten in so many days. */
const HALF_LIFE_DAYS = 30;

/** Below it, what was learned is too old or too often refuted: one failure fades in some three months. */
const LEAST_CONFIDENCE = 0.1;

const STRICTNESS = ['warn', 'replace', 'ask', 'deny'] as const;

/**
 * What to do about a coming call of a known shape; `undefined`: nothing, and that is the rule. Without a word of the user it is at most a warning,
 * and only where repeating is pointless: the very same command failed here in a way that the command or its surroundings are to blame for, and what
 * works instead is known or it failed twice in a row; or three others of the same shape failed, and none succeeded.
 */
export function judge(view: FailureView, shape: CommandShape, place: Place): Judged | undefined {
  return view.patterns
    .flatMap((pattern): readonly Judged[] => {
      const verdict = isKnownHere(pattern, place)
        ? verdictOn(pattern, shape, place.now)
        : undefined;
      return verdict === undefined ? [] : [{ pattern, verdict }];
    })
    .sort(
      (one, other) =>
        STRICTNESS.indexOf(other.verdict) - STRICTNESS.indexOf(one.verdict) ||
        confidence(other.pattern, place.now) - confidence(one.pattern, place.now),
    )[0];
}

/** How sure it is that repeating is pointless: from 0 to 1. Rises with failures, most of all in different sessions, and with what is known to help; falls with time and with successes. */
export function confidence(pattern: KnownPattern, now: number): number {
  const { count, sessions, fix, lastAt, successesSince } = pattern;
  const seen =
    sessions + Math.min(Math.max(count - sessions, 0), 10) / 4 + Math.min(fix?.count ?? 0, 3) / 2;
  const days = Math.max(0, now - lastAt) / DAY_MS;
  const evidence = (seen * 0.5 ** (days / HALF_LIFE_DAYS)) / (1 + successesSince);
  return evidence / (1 + evidence);
}

function isKnownHere({ scope, projects }: KnownPattern, { project, repository }: Place): boolean {
  return (
    scope === 'global' ||
    projects.includes(project) ||
    (repository !== undefined && projects.includes(repository))
  );
}

function verdictOn(
  pattern: KnownPattern,
  shape: CommandShape,
  now: number,
): Judged['verdict'] | undefined {
  const { action, isSet } = pattern;
  if (action === 'mute') return undefined;
  if (isSet && (action === 'ask' || action === 'deny')) return action; // the user's word about all commands of this shape
  const same = failedBefore(pattern, shape);
  const success = pattern.succeeded.find(({ exact }) => exact === shape.exact);
  if (success !== undefined && success.at >= (same?.at ?? 0)) return undefined;
  if (
    isSet &&
    action === 'auto-fix' &&
    same !== undefined &&
    pattern.fix?.isWhole === true &&
    !pattern.fix.isEdit
  )
    return 'replace';
  if (isSet && (same !== undefined || isPointlessForAll(pattern, shape))) return 'warn';
  if (confidence(pattern, now) < LEAST_CONFIDENCE) return undefined;
  const isPointless =
    same === undefined ? isPointlessForAll(pattern, shape) : isPointlessAgain(pattern, same, shape);
  return isPointless ? 'warn' : undefined;
}

/** When this very command failed so. Variables and `sudo` in front make no other call of one that is wrong, unless they are what helps. */
function failedBefore(
  pattern: KnownPattern,
  { exact, bare }: CommandShape,
): FailedMoment | undefined {
  const { failed, kind, fix, lastCommand } = pattern;
  const same = failed.find((moment) => moment.exact === exact);
  if (same !== undefined || bare === undefined) return same;
  const isHelpElsewhere =
    fix !== null && !fix.isEdit && !` ${fix.text}`.includes(` ${lastCommand}`);
  return isHelpElsewhere || (kind === 'invocation' && fix === null)
    ? failed.find((moment) => moment.exact === bare)
    : undefined;
}

function isPointlessAgain(
  pattern: KnownPattern,
  same: FailedMoment,
  { text }: CommandShape,
): boolean {
  if (pattern.fix === null && foundNothing(text, pattern.error)) return false;
  const times = same.inARow ?? (pattern.failed.length === 1 ? pattern.count : 1);
  const isHelpKnown = pattern.fix !== null;
  switch (pattern.kind) {
    case 'invocation':
    case 'environment':
      return times >= (isHelpKnown ? 1 : 2);
    case 'other':
      return isHelpKnown && times >= 1;
    case 'transient': // two sessions found the same way round it
      return (pattern.fix?.count ?? 0) >= 2 && times >= 1;
    default:
      return false;
  }
}

/** An error about the very word that differs from command to command tells nothing about the others. */
function isPointlessForAll(pattern: KnownPattern, { isGeneral, text }: CommandShape): boolean {
  const { kind, failed, succeeded } = pattern;
  if (isOpenText(text)) return isRefusedAnyway(pattern);
  if (
    !isGeneral ||
    (kind !== 'invocation' && kind !== 'environment') ||
    foundNothing(text, pattern.error) ||
    isAboutOneWord(pattern, text)
  )
    return false;
  const times = failed.map(({ at }) => at).sort((one, other) => other - one);
  const third = times[2];
  return third !== undefined && succeeded.every(({ at }) => at < third);
}

/** What the error is about is in every call of the shape: once is enough where help is known. */
function isRefusedAnyway({ kind, fix, failed, succeeded, count }: KnownPattern): boolean {
  const times = failed.reduce((sum, { inARow }) => sum + (inARow ?? count), 0);
  const lastAt = Math.max(...failed.map(({ at }) => at));
  return (
    kind === 'invocation' &&
    times >= (fix === null ? 2 : 1) &&
    succeeded.every(({ at }) => at < lastAt)
  );
}

function isAboutOneWord({ error, lastError }: KnownPattern, text: string): boolean {
  if (!/<(?:path|text|hash)>/.test(error) || /option|flag|switch|usage/i.test(error)) return false;
  const shared = text.split(' ').slice(1);
  return !shared.some(
    (word) =>
      word.length > 2 &&
      !word.includes('<') &&
      ["'", '"', '`'].some((quote) => lastError.includes(quote + word)),
  );
}

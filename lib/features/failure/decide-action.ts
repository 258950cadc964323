import { DAY_MS } from '../../core/clock.ts';
import { hasFoundNothing } from './answer-statuses.ts';
import type { CommandShape } from './command-shape.ts';
import type { FailedMoment, FailureView, KnownPattern } from './known-pattern.ts';
import { isOpenText } from './open-shape.ts';
import { isPlaceOf, patternAt } from './team-knowledge.ts';

export interface ActionDecision {
  readonly pattern: KnownPattern;
  /** `replace`: the fix may replace the command, if the shape is that of the whole call. */
  readonly verdict: 'warn' | 'ask' | 'deny' | 'replace';
}

export interface Place {
  readonly project: string;
  readonly repository?: string;
  /** Milliseconds. */
  readonly now: number;
}

/** Confidence halves in this many days. */
const HALF_LIFE_DAYS = 30;

/**
 * Below this, knowledge is too old or was refuted too often. One failure fades in about three
 * months.
 */
const MIN_CONFIDENCE = 0.1;

const STRICTNESS = ['warn', 'replace', 'ask', 'deny'] as const;

/**
 * Decides what to do before a call of a known shape; `undefined`: nothing, which is the usual case.
 * Unless the user set something, it is at most a warning, and only if repeating is pointless: the
 * same command failed here because of itself or its environment, and either a fix is known or it
 * failed twice in a row; or three others of the same shape failed, and none succeeded.
 */
export function decideAction(
  view: FailureView,
  shape: CommandShape,
  place: Place,
): ActionDecision | undefined {
  return view.patterns
    .flatMap((known): readonly ActionDecision[] => {
      const pattern = patternAt(known, place);
      if (pattern === undefined || !isKnownHere(pattern, place)) return [];
      const verdict = verdictOn(pattern, shape, place.now);
      return verdict === undefined ? [] : [{ pattern, verdict }];
    })
    .sort(
      (one, other) =>
        STRICTNESS.indexOf(other.verdict) - STRICTNESS.indexOf(one.verdict) ||
        computeConfidence(other.pattern, place.now) - computeConfidence(one.pattern, place.now),
    )[0];
}

/**
 * Computes the confidence that repeating is pointless, from 0 to 1. It rises with failures, most of
 * all in different sessions, and with a known fix. It falls with time and with successes.
 */
export function computeConfidence(pattern: KnownPattern, now: number): number {
  const { count, sessions, fix, lastAt, successesSince } = pattern;
  const seen =
    sessions + Math.min(Math.max(count - sessions, 0), 10) / 4 + Math.min(fix?.count ?? 0, 3) / 2;
  const days = Math.max(0, now - lastAt) / DAY_MS;
  const evidence = (seen * 0.5 ** (days / HALF_LIFE_DAYS)) / (1 + successesSince);
  return evidence / (1 + evidence);
}

function isKnownHere({ scope, projects }: KnownPattern, place: Place): boolean {
  return scope === 'global' || projects.some((named) => isPlaceOf(named, place));
}

function verdictOn(
  pattern: KnownPattern,
  shape: CommandShape,
  now: number,
): ActionDecision['verdict'] | undefined {
  const { action, isSet } = pattern;
  if (action === 'mute') return undefined;
  // the user's setting for all commands of this shape
  if (isSet && (action === 'ask' || action === 'deny')) return action;
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
  if (computeConfidence(pattern, now) < MIN_CONFIDENCE) return undefined;
  const isPointless =
    same === undefined ? isPointlessForAll(pattern, shape) : isPointlessAgain(pattern, same, shape);
  return isPointless ? 'warn' : undefined;
}

/**
 * Returns when exactly this command failed in this way. Leading variables and `sudo` do not make a
 * wrong call different, unless they are the fix.
 */
function failedBefore(
  pattern: KnownPattern,
  { exact, bare }: CommandShape,
): FailedMoment | undefined {
  const { failed, kind, fix, lastCommand } = pattern;
  const same = failed.find((moment) => moment.exact === exact);
  if (same !== undefined || bare === undefined) return same;
  const isHelpElsewhere = fix !== null && !fix.isEdit && !isHelpInFront(fix.text, lastCommand);
  return isHelpElsewhere || (kind === 'invocation' && fix === null)
    ? failed.find((moment) => moment.exact === bare)
    : undefined;
}

/** Whether the fix is a variable, `sudo` or a step in front of the failed command. */
function isHelpInFront(fix: string, command: string): boolean {
  const at = ` ${fix}`.indexOf(` ${command}`);
  return (
    at !== -1 && /(?:^|[\s;&(])(?:sudo|doas|env|export|source|\.|\w+=\S*)\s/.test(fix.slice(0, at))
  );
}

/** A host answered that nothing listens at the address. */
const IS_REFUSED = /connection refused|ECONNREFUSED|could(?:n't| not) connect/i;

function isPointlessAgain(
  pattern: KnownPattern,
  same: FailedMoment,
  { text }: CommandShape,
): boolean {
  if (pattern.fix === null && hasFoundNothing(text, pattern.error)) return false;
  const times = same.inARow ?? (pattern.failed.length === 1 ? pattern.count : 1);
  const isHelpKnown = pattern.fix !== null;
  switch (pattern.kind) {
    case 'invocation':
    case 'environment':
      return times >= (isHelpKnown ? 1 : 2);
    case 'other':
      return isHelpKnown && times >= 1;
    case 'transient': // nothing listens there, or two sessions found the same way round it
      return times >= 1 && (pattern.fix?.count ?? 0) >= (IS_REFUSED.test(pattern.error) ? 1 : 2);
    default:
      return false;
  }
}

/** An error about exactly the word that differs between commands says nothing about the others. */
function isPointlessForAll(pattern: KnownPattern, { isGeneral, text }: CommandShape): boolean {
  const { kind, failed, succeeded } = pattern;
  if (isOpenText(text)) return isRefusedAnyway(pattern);
  if (
    !isGeneral ||
    (kind !== 'invocation' && kind !== 'environment') ||
    hasFoundNothing(text, pattern.error) ||
    isAboutOneWord(pattern, text)
  )
    return false;
  const times = failed.map(({ at }) => at).sort((one, other) => other - one);
  const third = times[2];
  return third !== undefined && succeeded.every(({ at }) => at < third);
}

/**
 * Whether every call of the shape contains the cause of the error: then one failure is enough if a
 * fix is known.
 */
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

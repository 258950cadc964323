import { HOUR_MS } from '../../core/clock.ts';
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The delays that Standard Webhooks 1.0 recommends, each after the attempt before it: three days and four hours in all. */
const DELAYS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;

/** Attempts before a delivery is dead. */
export const MAX_ATTEMPTS = DELAYS.length + 1;

/** No receiver can ask for a longer wait than this. */
const LONGEST_WAIT = 24 * HOUR_MS;

/** Share of a delay that chance may take away, so that what failed together does not come back together. */
const JITTER = 0.1;

/** Milliseconds to wait after `attempt` (from 1) failed. @param random From 0 up to 1. */
export function retryDelay(attempt: number, random: number): number {
  const delay = DELAYS[Math.min(attempt, DELAYS.length) - 1] ?? DELAYS[0];
  return Math.round(delay * (1 - JITTER * random));
}

/**
 * Milliseconds to wait when the receiver said how long: never less than the schedule, whose attempts a hasty receiver would use up, and a day at most.
 * @param retryAfter The header: seconds, or a date. `undefined` or nonsense leaves the schedule as it is.
 */
export function askedDelay(
  retryAfter: string | undefined,
  attempt: number,
  { now, random }: { readonly now: number; readonly random: number },
): number {
  const scheduled = retryDelay(attempt, random);
  const asked = Math.min(millisecondsIn(retryAfter ?? '', now), LONGEST_WAIT);
  return asked > 0 ? Math.max(scheduled, asked) : scheduled;
}

function millisecondsIn(header: string, now: number): number {
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * SECOND;
  const at = /^[A-Z][a-z]{2}, /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? 0 : at - now;
}

import { HOUR_MS } from '../../core/clock.ts';
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * Delays that Standard Webhooks 1.0 recommends, each after the attempt before it: three days and
 * four hours in total.
 */
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

/** Longest wait that a receiver can ask for. */
const MAX_WAIT_MS = 24 * HOUR_MS;

/**
 * Share of a delay that is random, so that deliveries that failed together do not return together.
 */
const JITTER = 0.1;

/**
 * Returns the milliseconds to wait after `attempt` (from 1) failed.
 * @param random From 0 up to 1.
 */
export function retryDelay(attempt: number, random: number): number {
  const delay = DELAYS[Math.min(attempt, DELAYS.length) - 1] ?? DELAYS[0];
  return Math.round(delay * (1 - JITTER * random));
}

/**
 * Returns the milliseconds to wait if the receiver gave a time: never less than the schedule,
 * because a hasty receiver would use up its attempts, and at most a day.
 * @param retryAfter The header: seconds, or a date. The schedule applies if it is missing or
 * invalid.
 */
export function askedDelay(
  retryAfter: string | undefined,
  attempt: number,
  { now, random }: { readonly now: number; readonly random: number },
): number {
  const scheduled = retryDelay(attempt, random);
  const asked = Math.min(millisecondsIn(retryAfter ?? '', now), MAX_WAIT_MS);
  return asked > 0 ? Math.max(scheduled, asked) : scheduled;
}

function millisecondsIn(header: string, now: number): number {
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * SECOND;
  const at = /^[A-Z][a-z]{2}, /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? 0 : at - now;
}

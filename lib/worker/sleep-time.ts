import type { Config } from '../config/resolve.ts';
import type { WakeMode } from '../queue/wakeup/heartbeat.ts';

/**
 * Returns how long a worker sleeps without a ring, in milliseconds: the interval of the safety
 * scan. It grows while nothing happens.
 */
export function readTimeoutMs(
  { readTimeout, readTimeoutMax, pollInterval }: Config,
  mode: WakeMode,
  quietSleeps: number,
): number {
  if (mode === 'polling') return pollInterval;
  return Math.min(readTimeoutMax, readTimeout * 2 ** Math.min(10, quietSleeps)) * 1000;
}

/** Reasons to end a sleep early, in milliseconds; `undefined` without such a reason. */
export interface SleepReasons {
  /** Until the next try to open the store. */
  readonly store: number | undefined;
  /** Until transcripts are read. */
  readonly transcripts: number | undefined;
  readonly idleExit: number | undefined;
  /** Until a delayed entry is due. */
  readonly due: number | undefined;
  /** Until a foreign file is checked again. */
  readonly foreignFile: number | undefined;
  readonly heartbeat: number | undefined;
  /** Until files that grow without a ring are checked. */
  readonly poll: number | undefined;
  /** Until the worker has been idle for long enough to rest. */
  readonly rest: number | undefined;
}

/**
 * Returns the length of one sleep. While the store is unavailable, nothing can be claimed, so due
 * entries are no reason to wake.
 */
export function sleepMs(
  readTimeout: number,
  { store, due, foreignFile, ...others }: SleepReasons,
): number {
  const claims = store === undefined ? [due, foreignFile] : [store];
  const reasons = [...claims, ...Object.values(others)].filter((ms) => ms !== undefined);
  return Math.min(readTimeout, ...reasons.map((ms) => Math.max(1, ms)));
}

/**
 * Returns the milliseconds until a worker has been idle for one read timeout; `undefined` if it
 * has. Loops for other reasons do not extend this.
 */
export function untilRestMs(
  { readTimeout }: Pick<Config, 'readTimeout'>,
  lastWork: number,
  now: number,
): number | undefined {
  const left = lastWork + readTimeout * 1000 - now;
  // Also after the clock stepped back.
  return left > 0 ? Math.min(left, readTimeout * 1000) : undefined;
}

/**
 * Whether a worker may rest: a whole sleep passed without a ring, or it has been idle for one read
 * timeout, even if other reasons cut each of its sleeps short.
 * @param untilRest See {@link untilRestMs}.
 */
export function isQuiet(quietSleeps: number, untilRest: number | undefined): boolean {
  return quietSleeps > 0 || untilRest === undefined;
}

/** Returns how long a sleep must be to count as quiet if it ends without a ring. */
export function quietSleepMs(readTimeout: number, { rest }: Pick<SleepReasons, 'rest'>): number {
  return Math.min(readTimeout, rest ?? readTimeout);
}

import type { Config } from '../config/resolve.ts';
import type { WakeMode } from '../queue/wakeup/heartbeat.ts';

/** How long a worker sleeps when nothing rings, in milliseconds: the safety scan. It stretches while all is quiet. */
export function readTimeoutMs(
  { readTimeout, readTimeoutMax, pollInterval }: Config,
  mode: WakeMode,
  quietTurns: number,
): number {
  if (mode === 'polling') return pollInterval;
  return Math.min(readTimeoutMax, readTimeout * 2 ** Math.min(10, quietTurns)) * 1000;
}

/** Why a sleep may end early; `undefined` where there is no such reason. Milliseconds. */
export interface SleepReasons {
  /** Until the store is worth another try. */
  readonly store: number | undefined;
  /** Until transcripts are read on. */
  readonly transcripts: number | undefined;
  readonly idleExit: number | undefined;
  /** Until a delayed entry is due. */
  readonly due: number | undefined;
  /** Until a foreign file has settled. */
  readonly settled: number | undefined;
  readonly heartbeat: number | undefined;
  /** Until files that grow without a ring are looked at. */
  readonly look: number | undefined;
  /** Until the worker has been without work for so long that it may rest. */
  readonly rest: number | undefined;
}

/** The length of one sleep. While the store is out nothing can be claimed: due entries are no reason to wake then. */
export function sleepMs(
  readTimeout: number,
  { store, due, settled, ...others }: SleepReasons,
): number {
  const claims = store === undefined ? [due, settled] : [store];
  const reasons = [...claims, ...Object.values(others)].filter((ms) => ms !== undefined);
  return Math.min(readTimeout, ...reasons.map((ms) => Math.max(1, ms)));
}

/** Until a worker has been without work for one read timeout; `undefined` when it has. Turns for other reasons in between do not put that off. */
export function restMs(
  { readTimeout }: Pick<Config, 'readTimeout'>,
  lastWork: number,
  now: number,
): number | undefined {
  const left = lastWork + readTimeout * 1000 - now;
  return left > 0 ? Math.min(left, readTimeout * 1000) : undefined; // also after the clock stepped back
}

/** How long a sleep without a ring must be for its end to count as a quiet turn. */
export function quietMs(readTimeout: number, { rest }: Pick<SleepReasons, 'rest'>): number {
  return Math.min(readTimeout, rest ?? readTimeout);
}

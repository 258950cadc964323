import type { Stillness } from './stillness.ts';
import type { Waiter } from './waiter.ts';

/** A full turn follows after this time, whatever the looks say: some work depends on the time alone. */
export const FULL_TURN_MS = 10 * 60_000;

/** A clock that differs by more from the time that was slept was set, or the machine was suspended. */
const CLOCK_STEP_MS = 60_000;

export interface StillSleepParts {
  readonly waiter: Pick<Waiter, 'wait'>;
  readonly stillness: Pick<Stillness, 'begin' | 'holds' | 'end'>;
  readonly clock: () => number;
  /** Milliseconds between two looks. */
  readonly lookMs: number;
  /** Milliseconds until something is due. */
  readonly dueMs: number;
}

/**
 * Sleeps on while nothing changes, and looks from time to time.
 * @returns `rung`, `due` (something is due, or may be), `changed` (a look found something); `busy` without a sleep when there is work.
 */
export async function sleepStill({
  waiter,
  stillness,
  clock,
  lookMs,
  dueMs,
}: StillSleepParts): Promise<'rung' | 'due' | 'changed' | 'busy'> {
  try {
    if (!stillness.begin()) return 'busy';
    const begunAt = clock();
    const mostMs = Math.min(dueMs, FULL_TURN_MS);
    for (let slept = 0; ; ) {
      const ms = Math.max(1, Math.min(lookMs, mostMs - slept));
      if (await waiter.wait(ms)) return 'rung';
      slept += ms;
      const isStep = Math.abs(clock() - begunAt - slept) > CLOCK_STEP_MS;
      if (isStep || slept >= mostMs) return 'due';
      if (!stillness.holds()) return 'changed';
    }
  } finally {
    stillness.end();
  }
}

import type { ChangeDetector } from './change-detector.ts';
import type { Waiter } from './waiter.ts';

/**
 * A full loop follows after this time, whatever the checks find, because some work depends on the
 * time alone.
 */
export const FULL_LOOP_MS = 10 * 60_000;

/** A clock that differs by more from the time slept was set, or the machine was suspended. */
const CLOCK_STEP_MS = 60_000;

export interface SleepUntilChangeParts {
  readonly waiter: Pick<Waiter, 'wait'>;
  readonly changes: Pick<ChangeDetector, 'hasBegun' | 'begin' | 'isUnchanged' | 'end'>;
  readonly clock: () => number;
  /** Milliseconds between two checks. */
  readonly pollMs: number;
  /** Milliseconds until something is due. */
  readonly dueMs: number;
}

/**
 * Sleeps while nothing changes, checking from time to time. The first call only records the state:
 * the caller runs one more full loop and calls again. What changed between the checks of a loop and
 * the record would count as unchanged otherwise, until {@link FULL_LOOP_MS} are over.
 * @returns `rung`, `due` (something is due, or may be), `changed` (a check found something); without
 * a sleep `recorded`, or `busy` if there is work or something changed since the record.
 */
export async function sleepUntilChange({
  waiter,
  changes,
  clock,
  pollMs,
  dueMs,
}: SleepUntilChangeParts): Promise<'rung' | 'due' | 'changed' | 'recorded' | 'busy'> {
  if (!changes.hasBegun && changes.begin()) return 'recorded';
  try {
    if (!changes.hasBegun || !changes.isUnchanged()) return 'busy';
    const begunAt = clock();
    const maxMs = Math.min(dueMs, FULL_LOOP_MS);
    for (let slept = 0; ; ) {
      const ms = Math.max(1, Math.min(pollMs, maxMs - slept));
      if (await waiter.wait(ms)) return 'rung';
      slept += ms;
      const isStep = Math.abs(clock() - begunAt - slept) > CLOCK_STEP_MS;
      if (isStep || slept >= maxMs) return 'due';
      if (!changes.isUnchanged()) return 'changed';
    }
  } finally {
    changes.end();
  }
}

/**
 * A collection takes 30 to 40 ms of CPU, whatever it finds. With less garbage than this it is not
 * worth that.
 */
const MIN_GARBAGE_BYTES = 4 << 20;

export interface GarbageCollectorParts {
  /** Missing unless Node was started with `--expose-gc`. */
  readonly collect: (() => unknown) | undefined;
  readonly heapUsed: () => number;
}

/**
 * Returns a function that gives memory back before a long sleep: V8 keeps what a burst left until
 * more is allocated, and a worker at rest allocates nothing.
 */
export function garbageCollector({ collect, heapUsed }: GarbageCollectorParts): () => void {
  let kept = 0;
  return () => {
    if (collect === undefined || heapUsed() < kept + MIN_GARBAGE_BYTES) return;
    collect();
    kept = heapUsed();
  };
}

import type { ClaimedEntry } from '../queue/claimed-entry.ts';
import { Arrivals } from './arrivals.ts';
import type { Presence } from './presence.ts';
import type { Waiter } from './waiter.ts';

/**
 * How long entries that keep coming may gather: one scan, one transaction and one sync of the disk then serve them all. A stream that has just begun may be a burst,
 * and one that is fast fills its batches anyway; one that goes on slowly, from 64 to 256 a second, can wait longest.
 */
const BRIEFLY_MS = 200;
const LONG_MS = 1_000;

/** How often an urgent entry is looked for meanwhile. */
const LOOK_MS = 50;

/** A batch of this size is worth its cost as it is, and there may be more where it came from. */
const LARGE_BATCH = 32;

export interface GatherParts {
  readonly clock: () => number;
  readonly waiter: Waiter;
  readonly presence: Pick<Presence, 'rest' | 'hasUrgent' | 'hasMore'>;
}

/**
 * Lets entries gather while they come in a steady stream, one by one; otherwise it returns at once. The pipe is not read meanwhile: its rings
 * stay in it. A scan must follow, whatever happened. An urgent entry ends the wait within 50 ms, a foreign file or a signal at once.
 * @returns a function to call after each batch.
 */
export function gatherer({
  clock,
  waiter,
  presence,
}: GatherParts): (entries: readonly ClaimedEntry[]) => Promise<void> {
  const begun = new Arrivals({
    windowMs: 500,
    least: 32,
    most: Number.POSITIVE_INFINITY,
    leastInHalf: 1,
  });
  const lasting = new Arrivals({ windowMs: 2_500, least: 160, most: 640, leastInHalf: 40 });
  const restAfter = (entries: readonly ClaimedEntry[], now: number): number => {
    if (entries.some(({ name }) => name.attempts > 1)) return 0;
    if (lasting.isSteady(now)) return LONG_MS;
    return entries.length < LARGE_BATCH && begun.isSteady(now) ? BRIEFLY_MS : 0;
  };
  return async (entries) => {
    const now = clock();
    for (const arrivals of [begun, lasting]) arrivals.add(entries.length, now);
    const restMs = presence.hasMore ? 0 : restAfter(entries, now);
    if (restMs === 0) return;
    await presence.rest(async () => {
      for (let waited = 0; waited < restMs; waited += LOOK_MS) {
        if ((await waiter.pause(LOOK_MS)) || presence.hasUrgent()) return;
      }
    });
  };
}

import type { ClaimedEntry } from '../queue/claimed-entry.ts';
import { Arrivals } from './arrivals.ts';
import type { Presence } from './presence.ts';
import type { Waiter } from './waiter.ts';

/** How long entries that keep coming may gather: one scan, one transaction and one sync of the disk then serve them all. */
const GATHER_MS = 1_000;

/** How often an urgent entry is looked for meanwhile. */
const LOOK_MS = 50;

export interface GatherParts {
  readonly clock: () => number;
  /** Entries in a full batch: it is worth its cost as it is, and there may be more where it came from. */
  readonly fullBatch: () => number;
  readonly waiter: Waiter;
  readonly presence: Pick<Presence, 'rest' | 'hasUrgent'>;
}

/**
 * Lets entries gather while they come in a steady stream, one by one; otherwise it returns at once. The pipe is not read meanwhile: its rings
 * stay in it. A scan must follow, whatever happened. An urgent entry ends the wait within 50 ms, a foreign file or a signal at once.
 * @returns a function to call after each batch.
 */
export function gatherer({ clock, fullBatch, waiter, presence }: GatherParts): (entries: readonly ClaimedEntry[]) => Promise<void> {
  const arrivals = new Arrivals();
  return async (entries) => {
    arrivals.add(entries.length, clock());
    const isBacklog = entries.length >= fullBatch() || entries.some(({ name }) => name.attempts > 1);
    if (isBacklog || !arrivals.isSteady(clock())) return;
    await presence.rest(async () => {
      for (let waited = 0; waited < GATHER_MS; waited += LOOK_MS) {
        if ((await waiter.pause(LOOK_MS)) || presence.hasUrgent()) return;
      }
    });
  };
}

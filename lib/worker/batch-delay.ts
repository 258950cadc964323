import type { ClaimedEntry } from '../queue/claimed-entry.ts';
import { PRIORITY } from '../events/envelope.ts';
import { StreamDetector } from './stream-detector.ts';
import type { QueueConnection } from './queue-connection.ts';
import type { Waiter } from './waiter.ts';

/**
 * How long to wait for more entries of a stream, so that one scan, one transaction and one sync
 * serve them all. A stream that has just begun may be a burst, and a fast one fills its batches
 * anyway; a slow lasting one, from 64 to 256 per second, can wait longest.
 */
const BRIEFLY_MS = 200;
const LONG_MS = 1_000;

/** How often to look for an urgent entry during the wait. */
const LOOK_MS = 50;

/** A batch of this size is efficient as it is, and more entries may be waiting. */
const LARGE_BATCH = 32;

export interface BatchDelayParts {
  readonly clock: () => number;
  readonly waiter: Waiter;
  readonly connection: Pick<QueueConnection, 'withPipePaused' | 'hasUrgent' | 'hasMore'>;
}

/**
 * Returns a function to call after each batch. It waits while entries arrive one by one in a steady
 * stream, and returns at once otherwise. The pipe is not read during the wait: its rings stay in
 * it, and a scan must follow in any case. An urgent entry ends the wait within 50 ms, a foreign
 * file or a signal at once.
 */
export function makeBatchDelay({
  clock,
  waiter,
  connection,
}: BatchDelayParts): (entries: readonly ClaimedEntry[]) => Promise<void> {
  const begun = new StreamDetector({
    windowMs: 500,
    min: 32,
    max: Number.POSITIVE_INFINITY,
    minInHalf: 1,
  });
  const lasting = new StreamDetector({ windowMs: 2_500, min: 160, max: 640, minInHalf: 40 });
  const restAfter = (entries: readonly ClaimedEntry[], now: number): number => {
    if (entries.some(({ name }) => name.attempts > 1) || isBulk(entries)) return 0;
    if (lasting.isSteady(now)) return LONG_MS;
    return entries.length < LARGE_BATCH && begun.isSteady(now) ? BRIEFLY_MS : 0;
  };
  return async (entries) => {
    const now = clock();
    for (const arrivals of [begun, lasting]) arrivals.add(entries.length, now);
    const restMs = connection.hasMore ? 0 : restAfter(entries, now);
    if (restMs === 0) return;
    await connection.withPipePaused(async () => {
      for (let waited = 0; waited < restMs; waited += LOOK_MS) {
        if ((await waiter.pause(LOOK_MS)) || connection.hasUrgent()) return;
      }
    });
  };
}

/**
 * Whether the entries come from a replay. A replay puts many events into each entry and queues more
 * only when the worker has taken some: its entries arrive one by one because it waits for the
 * worker.
 */
function isBulk(entries: readonly ClaimedEntry[]): boolean {
  const bulk = entries.filter(({ name }) => name.priority >= PRIORITY.bulk);
  return bulk.length > entries.length / 2;
}

import { DECISIONS } from '../delivery/decisions.ts';
import type { DeliveryKey } from '../delivery/table.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { discardDead, type DeadLetter, idsOfLetter, redrive } from '../queue/dead-letters.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { inTransaction } from '../store/transaction.ts';
import { sqliteDriver } from '../store/driver.ts';
import { openStore } from '../store/open-store.ts';
import { addTombstones } from '../store/tombstones.ts';
import type { AnyLetter } from '../query/any-letters.ts';
import type { Acting } from './acting.ts';
import { wakeWorker } from './background-worker.ts';
import { changeByEvents } from './change-by-events.ts';

/** What became of letters. */
export interface Changed {
  /**
   * Whether it has been done. Otherwise it waits in the queue for a worker, who alone writes the
   * store.
   */
  readonly isDone: boolean;
  /** Whether a worker runs, or was started, for the entries that are in the queue again. */
  readonly isHeard: boolean;
}

/** Deliveries in one event: an event has a largest size. */
const AT_ONCE = 100;

/**
 * Puts entries back into the queue, and lets deliveries be made again.
 * @throws {@link WaymarkError} QUEUE_FULL, QUEUE_WRITE_FAILED.
 */
export async function retryLetters(
  acting: Acting,
  letters: readonly AnyLetter[],
): Promise<Changed> {
  const queue = queueFolder(acting.folder.queue);
  const entries = letters.flatMap(({ entry }) => entry ?? []);
  for (const { file } of entries) redrive(queue, file);
  const isHeard = entries.length === 0 || wakeWorker(acting);
  return { ...(await decide(acting, letters, DECISIONS.retry)), isHeard };
}

/**
 * Removes letters for good. The store remembers the ids of entries first, so that the ledger can
 * say what became of them.
 * @throws {@link StoreFault} when the store cannot be written; no entry is removed then.
 */
export async function discardLetters(
  acting: Acting,
  letters: readonly AnyLetter[],
): Promise<Changed> {
  const { folder, clock } = acting;
  const entries = letters.flatMap(({ entry }) => entry ?? []);
  if (entries.length > 0) rememberIds(folder, entries, clock());
  for (const { file } of entries) discardDead(queueFolder(folder.queue), file);
  return { ...(await decide(acting, letters, DECISIONS.discard)), isHeard: true };
}

async function decide(
  acting: Acting,
  letters: readonly AnyLetter[],
  type: string,
): Promise<Pick<Changed, 'isDone'>> {
  const keys = letters.flatMap(({ delivery }): readonly DeliveryKey[] =>
    delivery === undefined
      ? []
      : [{ event_id: delivery.event_id, subscription: delivery.subscription }],
  );
  const payloads = Array.from({ length: Math.ceil(keys.length / AT_ONCE) }, (_, index) => ({
    deliveries: keys.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  }));
  return { isDone: payloads.length === 0 || (await changeByEvents(acting, type, payloads)) };
}

function rememberIds(folder: StateFolder, letters: readonly DeadLetter[], now: number): void {
  const store = openStore(folder.store, sqliteDriver());
  try {
    inTransaction(store, () =>
      addTombstones(store, letters.flatMap(idsOfLetter), 'discarded', now),
    );
  } finally {
    store.close();
  }
}

import { DECISIONS } from '../delivery/decisions.ts';
import type { DeliveryKey } from '../delivery/table.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { discardDead, type DeadLetter, idsOfLetter, redrive } from '../queue/dead-letters.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { inTransaction } from '../store/transaction.ts';
import { sqliteDriver } from '../store/driver.ts';
import { openStore } from '../store/open-store.ts';
import { addTombstones } from '../store/tombstones.ts';
import type { AnyDeadLetter } from '../query/dead-letters.ts';
import type { ActionContext } from './action-context.ts';
import { wakeWorker } from './background-worker.ts';
import { changeByEvents } from './change-by-events.ts';

/** What became of letters. */
export interface DeadLetterChange {
  /**
   * Whether it has been done. Otherwise it waits in the queue for a worker, who alone writes the
   * store.
   */
  readonly isDone: boolean;
  /** Whether a worker runs, or was started, for the entries that are in the queue again. */
  readonly hasWorker: boolean;
}

/** Deliveries in one event: an event has a largest size. */
const AT_ONCE = 100;

/**
 * Puts entries back into the queue, and lets deliveries be made again.
 * @throws {@link WaymarkError} QUEUE_FULL, QUEUE_WRITE_FAILED.
 */
export async function retryDeadLetters(
  actionContext: ActionContext,
  letters: readonly AnyDeadLetter[],
): Promise<DeadLetterChange> {
  const queue = queueFolder(actionContext.folder.queue);
  const entries = letters.flatMap(({ entry }) => entry ?? []);
  for (const { file } of entries) redrive(queue, file);
  const hasWorker = entries.length === 0 || wakeWorker(actionContext);
  return { ...(await decide(actionContext, letters, DECISIONS.retry)), hasWorker };
}

/**
 * Removes letters for good. The store remembers the ids of entries first, so that the ledger can
 * say what became of them.
 * @throws {@link StoreFault} when the store cannot be written; no entry is removed then.
 */
export async function discardDeadLetters(
  actionContext: ActionContext,
  letters: readonly AnyDeadLetter[],
): Promise<DeadLetterChange> {
  const { folder, clock } = actionContext;
  const entries = letters.flatMap(({ entry }) => entry ?? []);
  if (entries.length > 0) rememberIds(folder, entries, clock());
  for (const { file } of entries) discardDead(queueFolder(folder.queue), file);
  return { ...(await decide(actionContext, letters, DECISIONS.discard)), hasWorker: true };
}

async function decide(
  actionContext: ActionContext,
  letters: readonly AnyDeadLetter[],
  type: string,
): Promise<Pick<DeadLetterChange, 'isDone'>> {
  const keys = letters.flatMap(({ delivery }): readonly DeliveryKey[] =>
    delivery === undefined
      ? []
      : [{ event_id: delivery.event_id, subscription: delivery.subscription }],
  );
  const payloads = Array.from({ length: Math.ceil(keys.length / AT_ONCE) }, (_, index) => ({
    deliveries: keys.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  }));
  return { isDone: payloads.length === 0 || (await changeByEvents(actionContext, type, payloads)) };
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

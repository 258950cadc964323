import { DECISIONS, type DeliveryKey } from '../delivery/decisions.ts';
import { eventId, randomPart } from '../events/event-id.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { discardDead, redrive, type DeadLetter } from '../queue/dead-letters.ts';
import { parseEntryName } from '../queue/entry-name.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { inTransaction } from '../store/transaction.ts';
import { sqliteDriver } from '../store/driver.ts';
import { openStore } from '../store/open-store.ts';
import type { AnyLetter } from '../cli/commands/any-letters.ts';
import { wakeWorker } from '../cli/commands/background-worker.ts';
import { changeByEvents } from './change-by-events.ts';
import type { CommandContext } from '../cli/command-context.ts';

/** What became of letters. */
export interface Changed {
  /** Whether it has been done. Otherwise it waits in the queue for a worker, who alone writes the store. */
  readonly isDone: boolean;
}

/** Deliveries in one event: an event has a largest size. */
const AT_ONCE = 100;

/** Puts entries back into the queue, and lets deliveries be made again. @throws {@link WaymarkError} QUEUE_FULL, QUEUE_WRITE_FAILED. */
export async function retryLetters(
  context: CommandContext,
  letters: readonly AnyLetter[],
): Promise<Changed> {
  const queue = queueFolder(context.folder().queue);
  const entries = letters.flatMap(({ entry }) => entry ?? []);
  for (const { file } of entries) redrive(queue, file);
  if (entries.length > 0 && !wakeWorker(context))
    context.warn('No worker runs and autostart is off: start one with `waymark worker --detach`.');
  return await decide(context, letters, DECISIONS.retry);
}

/**
 * Removes letters for good. The store remembers the ids of entries first, so that the ledger can say what became of them.
 * @throws {@link StoreFault} when the store cannot be written; no entry is removed then.
 */
export async function discardLetters(
  context: CommandContext,
  letters: readonly AnyLetter[],
): Promise<Changed> {
  const folder = context.folder();
  const entries = letters.flatMap(({ entry }) => entry ?? []);
  if (entries.length > 0) rememberIds(folder, entries, context.clock());
  for (const { file } of entries) discardDead(queueFolder(folder.queue), file);
  return await decide(context, letters, DECISIONS.discard);
}

async function decide(
  context: CommandContext,
  letters: readonly AnyLetter[],
  type: string,
): Promise<Changed> {
  const keys = letters.flatMap(({ delivery }): readonly DeliveryKey[] =>
    delivery === undefined
      ? []
      : [{ event_id: delivery.event_id, subscription: delivery.subscription }],
  );
  const payloads = Array.from({ length: Math.ceil(keys.length / AT_ONCE) }, (_, index) => ({
    deliveries: keys.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  }));
  return { isDone: payloads.length === 0 || (await changeByEvents(context, type, payloads)) };
}

function rememberIds(folder: StateFolder, letters: readonly DeadLetter[], now: number): void {
  const store = openStore(folder.store, sqliteDriver());
  try {
    inTransaction(store, () => {
      const remember = store.prepare(
        "INSERT INTO tombstones (id, fate, at) VALUES (?, 'discarded', ?) ON CONFLICT DO NOTHING",
      );
      for (const letter of letters) for (const id of idsOf(letter)) remember.run(id, now);
    });
  } finally {
    store.close();
  }
}

/** The id that the event brings, and the one that its file name says. */
function idsOf(letter: DeadLetter): readonly string[] {
  const name = parseEntryName(letter.file);
  return [
    ...new Set([
      ...(randomPart(letter.id) === undefined ? [] : [letter.id]),
      ...(name === undefined ? [] : [eventId(name)]),
    ]),
  ];
}

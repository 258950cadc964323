import { eventId, randomPart } from '../core/event-id.ts';
import { WaymarkError } from '../core/errors.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { discardDead, listDead, redrive, type DeadLetter } from '../queue/dead-letters.ts';
import { parseEntryName } from '../queue/entry-name.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { inTransaction } from '../store/transaction.ts';
import { sqliteDriver } from '../store/driver.ts';
import { openStore } from '../store/open-store.ts';

/**
 * The dead letters that are meant: all, or those whose id begins with one of `ids`.
 * @throws {@link WaymarkError} USAGE without a choice or with an ambiguous one, NOT_FOUND for an id that fits none.
 */
export function pickLetters(folder: StateFolder, ids: readonly string[], all: boolean): readonly DeadLetter[] {
  if (all === ids.length > 0)
    throw new WaymarkError('USAGE', all ? 'Cannot combine ids with --all' : 'Cannot tell which entries: give ids or --all', {
      remedy: '`waymark dead list` shows the ids.',
    });
  const letters = listDead(queueFolder(folder.queue));
  return all ? letters : [...new Set(ids.map((id) => pickOne(letters, id)))];
}

/** Puts letters back into the queue. */
export function retryLetters(folder: StateFolder, letters: readonly DeadLetter[]): readonly DeadLetter[] {
  return letters.map((letter) => redrive(queueFolder(folder.queue), letter.file));
}

/**
 * Removes letters for good. The store remembers their ids first, so that the ledger can say what became of them.
 * @throws {@link StoreFault} when the store cannot be written; nothing is removed then.
 */
export function discardLetters(folder: StateFolder, letters: readonly DeadLetter[], now: number): readonly DeadLetter[] {
  if (letters.length === 0) return [];
  const store = openStore(folder.store, sqliteDriver());
  try {
    inTransaction(store, () => {
      const remember = store.prepare("INSERT INTO tombstones (id, fate, at) VALUES (?, 'discarded', ?) ON CONFLICT DO NOTHING");
      for (const letter of letters) for (const id of idsOf(letter)) remember.run(id, now);
    });
  } finally {
    store.close();
  }
  return letters.map((letter) => discardDead(queueFolder(folder.queue), letter.file));
}

function pickOne(letters: readonly DeadLetter[], wanted: string): DeadLetter {
  const exact = letters.find((letter) => letter.id === wanted || letter.file === wanted);
  if (exact !== undefined) return exact;
  const found = letters.filter((letter) => letter.id.startsWith(wanted));
  if (found.length > 1) throw new WaymarkError('USAGE', `Cannot tell which entry ${wanted} is: ${found.length} begin so`, { remedy: 'Give more of the id.' });
  const [only] = found;
  if (only === undefined) throw new WaymarkError('NOT_FOUND', `Cannot find dead letter ${wanted}: dead/ has no such entry`);
  return only;
}

/** The id that the event brings, and the one that its file name says. */
function idsOf(letter: DeadLetter): readonly string[] {
  const name = parseEntryName(letter.file);
  return [...new Set([...(randomPart(letter.id) === undefined ? [] : [letter.id]), ...(name === undefined ? [] : [eventId(name)])])];
}

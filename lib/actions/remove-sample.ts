import { existsSync, lstatSync, unlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { namesIn } from '../core/files.ts';
import { isSampleSession } from '../events/sample.ts';
import { randomPart } from '../events/event-id.ts';
import { errnoOf } from '../core/errors.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { listCaptured } from '../ledger/captured-ids.ts';
import { parseEntryName } from '../queue/entry-name.ts';
import { listNames } from '../queue/pending-scan.ts';
import { PRIORITIES, queueFolder } from '../queue/queue-folder.ts';
import { sqliteDriver } from '../store/driver.ts';
import { forgetFiles, forgetRows } from '../retention/forget.ts';
import { openStore } from '../store/open-store.ts';
import { sampleSessions } from '../store/sessions-table.ts';
import { storedEvent } from '../store/stored-event.ts';
import { requestRefresh } from '../store/refreshes.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { addTombstones } from '../store/tombstones.ts';

const ATTEMPTS = 20;
const PAUSE_MS = 100;

/**
 * Removes every trace of a sample session: its rows, its waiting and dead entries, its notes. Logs
 * and archive never had any. A store that is out keeps its rows. Also removes what proofs of
 * earlier versions left, and proofs that were killed.
 */
export async function removeSample(
  folder: StateFolder,
  session: string,
  now: number,
): Promise<void> {
  const captured = listCaptured(folder.throttle, session);
  removeWaiting(folder, new Set(captured.flatMap((id) => randomPart(id) ?? [])));
  for (const left of [session, ...staleNotes(folder, now)]) forgetFiles(folder, new Set([left]));
  for (
    let attempt = 1;
    attempt <= ATTEMPTS && !forget(folder, session, captured, now);
    attempt += 1
  )
    await sleep(PAUSE_MS);
}

/** No proof takes this long: its notes are those of one that was killed. */
const STALE_MS = 10 * 60_000;

function staleNotes({ throttle }: StateFolder, now: number): readonly string[] {
  return namesIn(throttle).filter((name) => {
    const changedAt = lstatSync(`${throttle}/${name}`, { throwIfNoEntry: false })?.mtimeMs ?? now;
    return isSampleSession(name) && changedAt < now - STALE_MS;
  });
}

function removeWaiting(folder: StateFolder, randoms: ReadonlySet<string>): void {
  const queue = queueFolder(folder.queue);
  for (const priority of PRIORITIES) {
    for (const file of listNames(`${queue.pending}/${priority}`)) {
      if (!randoms.has(parseEntryName(file)?.random ?? '')) continue;
      try {
        unlinkSync(`${queue.pending}/${priority}/${file}`);
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error; // a worker took it: its rows go below
      }
    }
  }
}

/** @returns whether there is nothing left to do; `false` while the store is locked. */
function forget(
  folder: StateFolder,
  session: string,
  ids: readonly string[],
  now: number,
): boolean {
  if (!existsSync(folder.store)) return true;
  try {
    const store = openStore(folder.store, sqliteDriver());
    try {
      const isStored = (id: string): boolean => storedEvent(store, id) !== undefined;
      const unstored = ids.filter((id) => !isStored(id)); // they may still come
      const earlier = sampleSessions(store);
      for (const left of [session, ...earlier]) forgetRows(store, new Set([left]));
      addTombstones(store, unstored, 'discarded', now);
      // their views go, too
      for (const kind of ['resume', 'context']) requestRefresh(store, kind, earlier);
      return true;
    } finally {
      store.close();
    }
  } catch (error) {
    const fault = storeFaultOf(error);
    if (fault === undefined) throw error;
    return fault.kind !== 'BUSY' && fault.kind !== 'LOCKED';
  }
}

import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { PRIORITIES, type QueueFolder } from '../../queue/queue-folder.ts';
import { expireRows } from '../../retention/row-keepers.ts';
import type { Database } from '../../store/database.ts';

/** Our own logs are turned over at this size; one old copy of each is kept. Those of events have their own care. */
const LOG_CAP_BYTES = 5 * 1024 * 1024;

/** A folder that once held a large backlog stays slow to list until it is made anew. */
const LARGE_FOLDER_BYTES = 1024 * 1024;

/**
 * Takes away what is older than `keepMs`; ids of removed events stay as tombstones, so that nothing comes back as new.
 * @param written The `seq` of the last event that logs and archive have: later ones stay.
 */
export function cleanUp(
  folder: StateFolder,
  queue: QueueFolder,
  database: Database,
  keepMs: number,
  now: number,
  written = Number.MAX_SAFE_INTEGER,
): void {
  const upTo = Math.min(written, Number.MAX_SAFE_INTEGER);
  expireRows(database, { before: now - keepMs, now, written: upTo });
  for (const session of namesIn(folder.throttle)) {
    const path = `${folder.throttle}/${session}`;
    if (now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > keepMs)
      rmSync(path, { recursive: true, force: true });
  }
  for (const place of ['resume', 'resume/by-project', 'context'])
    removeOld(`${folder.views}/${place}`, now - keepMs);
  for (const file of namesIn(folder.log)) turnOver(`${folder.log}/${file}`);
  for (const priority of PRIORITIES) renewLargeFolder(`${queue.pending}/${priority}`);
}

/** Views of sessions that the store has forgotten. */
function removeOld(place: string, before: number): void {
  for (const file of namesIn(place)) {
    const found = statSync(`${place}/${file}`, { throwIfNoEntry: false });
    if (found?.isFile() && found.mtimeMs < before) rmSync(`${place}/${file}`, { force: true });
  }
}

function turnOver(file: string): void {
  if (
    !file.endsWith('.log') ||
    (statSync(file, { throwIfNoEntry: false })?.size ?? 0) < LOG_CAP_BYTES
  )
    return;
  renameSync(file, `${file}.1`);
}

/** `rmdir` succeeds only while the folder is empty; a hook that meets the gap makes the folder itself. */
function renewLargeFolder(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < LARGE_FOLDER_BYTES) return;
  try {
    rmdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'ENOENT') throw error;
    return;
  }
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not made yet
  }
}

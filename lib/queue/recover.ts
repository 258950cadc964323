import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { parseEntryName } from './entry-name.ts';
import { moveEntry } from './move-entry.ts';
import { listNames } from './pending-scan.ts';
import type { QueueFolder } from './queue-folder.ts';

/**
 * Returns the entries of dead workers to `pending/`, with their attempts. Safe while other workers
 * run: only one process wins each rename, and a worker is alive as long as the kernel reports its
 * pipe open.
 * @returns how many entries were returned.
 * @throws the first failed move, after everything that can move has moved.
 */
export function recoverOrphans(queue: QueueFolder, isAlive: (worker: string) => boolean): number {
  let returned = 0;
  const faults: unknown[] = [];
  for (const worker of listNames(queue.processing)) {
    if (isAlive(worker)) continue;
    const holding = `${queue.processing}/${worker}`;
    for (const file of listNames(holding)) {
      try {
        returned += returnToPending(queue, holding, file) ? 1 : 0;
      } catch (error) {
        faults.push(error); // An entry that cannot move does not block the others.
      }
    }
    removeEmptyFolder(holding);
  }
  if (faults.length > 0) throw faults[0];
  return returned;
}

/**
 * Deletes files in tmp/ that crashed writers left, once they are older than `ageMs`. `now` is the
 * time of a file that was touched on the same disk, because file times come from the file system's
 * clock.
 * @returns the names of the deleted files: entries that never became visible.
 */
export function sweepAbandoned(queue: QueueFolder, now: number, ageMs: number): readonly string[] {
  const removed: string[] = [];
  for (const file of listNames(queue.tmp)) {
    const path = `${queue.tmp}/${file}`;
    try {
      if (now - lstatSync(path).mtimeMs < ageMs) continue;
      unlinkSync(path);
      removed.push(file);
    } catch (error) {
      if (errnoOf(error) === '') throw error; // Another process finished or deleted it.
    }
  }
  return removed;
}

function returnToPending(queue: QueueFolder, holding: string, file: string): boolean {
  const priority = parseEntryName(file)?.priority;
  return moveEntry(
    `${holding}/${file}`,
    priority === undefined ? queue.pending : `${queue.pending}/${priority}`,
    file,
  );
}

/** Deletes the folder if it is empty. */
export function removeEmptyFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === '') throw error; // Not empty, or missing.
  }
}

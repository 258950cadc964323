import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { parseEntryName } from './entry-name.ts';
import { moveEntry } from './move-entry.ts';
import { listNames } from './pending-scan.ts';
import type { QueueFolder } from './queue-folder.ts';

/**
 * Gives back what dead workers held, attempts kept. Safe while other workers run: each rename has one winner, and a worker
 * counts as alive as long as the kernel says that its pipe is open.
 * @returns how many entries came back.
 * @throws the first failed move, once everything that can move has moved.
 */
export function recoverOrphans(queue: QueueFolder, isAlive: (worker: string) => boolean): number {
  let returned = 0;
  const faults: unknown[] = [];
  for (const worker of listNames(queue.processing)) {
    if (isAlive(worker)) continue;
    const holding = `${queue.processing}/${worker}`;
    for (const file of listNames(holding)) {
      try {
        returned += giveBack(queue, holding, file) ? 1 : 0;
      } catch (error) {
        faults.push(error); // one that cannot move keeps no other from it
      }
    }
    removeEmptyFolder(holding);
  }
  if (faults.length > 0) throw faults[0];
  return returned;
}

/**
 * Removes what was left in tmp/ by writers that died, once it is older than `ageMs`. Ages are measured by the file system's
 * own times, against `now` taken from a file touched on the same disk.
 * @returns the names of the removed files: entries that were never made visible.
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
      if (errnoOf(error) === '') throw error; // another process finished or swept it
    }
  }
  return removed;
}

function giveBack(queue: QueueFolder, holding: string, file: string): boolean {
  const priority = parseEntryName(file)?.priority;
  return moveEntry(
    `${holding}/${file}`,
    priority === undefined ? queue.pending : `${queue.pending}/${priority}`,
    file,
  );
}

/** Removes the folder if it is empty. */
export function removeEmptyFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === '') throw error; // not empty, or missing
  }
}

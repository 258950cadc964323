import { renameSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { parseEntryName } from './entry-name.ts';
import { listNames } from './pending-scan.ts';
import type { QueueFolder } from './queue-folder.ts';

/**
 * Gives back what dead workers held, attempts kept. Safe while other workers run: each rename has one winner, and a worker
 * counts as alive as long as the kernel says that its pipe is open.
 * @returns how many entries came back.
 */
export function recoverOrphans(queue: QueueFolder, isAlive: (worker: string) => boolean): number {
  let returned = 0;
  for (const worker of listNames(queue.processing)) {
    if (isAlive(worker)) continue;
    const holding = `${queue.processing}/${worker}`;
    for (const file of listNames(holding)) returned += giveBack(queue, holding, file) ? 1 : 0;
    removeEmptyFolder(holding);
  }
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
      if (now - statSync(path).mtimeMs < ageMs) continue;
      unlinkSync(path);
      removed.push(file);
    } catch (error) {
      if (errnoOf(error) === '') throw error; // finished or swept by somebody else meanwhile
    }
  }
  return removed;
}

function giveBack(queue: QueueFolder, holding: string, file: string): boolean {
  const priority = parseEntryName(file)?.priority;
  const target = priority === undefined ? `${queue.pending}/${file}` : `${queue.pending}/${priority}/${file}`;
  try {
    renameSync(`${holding}/${file}`, target);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false; // another worker was first
    throw error;
  }
}

/** Removes the folder if it is empty. */
export function removeEmptyFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === '') throw error; // not empty, or gone
  }
}

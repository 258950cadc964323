import { readdirSync, type Dirent } from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { parseDelayedName, parseEntryName, type EntryName } from './entry-name.ts';
import { PRIORITIES, type QueueFolder } from './queue-folder.ts';

/** An entry seen in a folder, not yet claimed. */
export interface SeenEntry {
  readonly name: EntryName;
  readonly path: string;
}

/** The contents of `pending/<priority>/`. */
export interface FolderScan {
  readonly folder: string;
  /** Names of the untried entries, oldest first. */
  readonly fresh: readonly string[];
  /** Entries that were tried before. */
  readonly tried: readonly SeenEntry[];
  /** Paths of the files of other names; hidden ones are left out as in {@link scanForeign}. */
  readonly strangers: readonly string[];
}

const FRESH = /^\d_\d{13}_[0-9a-f]{16}\.a0\.json$/;

/** Looks into `pending/<priority>/`: about 1 ms per 1,000 entries, of which reading the folder is the most. */
export function scanPriority(queue: QueueFolder, priority: number): FolderScan {
  const folder = `${queue.pending}/${priority}`;
  const fresh: string[] = [];
  const tried: SeenEntry[] = [];
  const strangers: string[] = [];
  for (const file of listNames(folder)) {
    if (isFresh(file)) {
      fresh.push(file);
      continue;
    }
    const name = parseEntryName(file);
    if (name !== undefined)
      tried.push({
        name: name.priority === priority ? name : { ...name, priority },
        path: `${folder}/${file}`,
      });
    else if (!file.startsWith('.')) strangers.push(`${folder}/${file}`);
  }
  return { folder, fresh: fresh.sort(), tried, strangers: strangers.sort() };
}

/** Whether this is the name of an untried entry. */
export function isFresh(file: string): boolean {
  return FRESH.test(file);
}

/**
 * Delayed entries that are due at `now`, fewest attempts first. One that is due more than `longestDelay` from now was delayed under
 * a clock that is no longer believed: it is due.
 */
export function scanDelayed(queue: QueueFolder, now: number, longestDelay: number): SeenEntry[] {
  const due: SeenEntry[] = [];
  for (const file of listNames(queue.delayed)) {
    const found = parseDelayedName(file);
    if (found !== undefined && (found.dueAt <= now || found.dueAt > now + longestDelay))
      due.push({ name: found.name, path: `${queue.delayed}/${file}` });
  }
  return due.sort((a, b) => a.name.attempts - b.name.attempts || a.name.time - b.name.time);
}

/** When the next delayed entry is due, or `undefined`. */
export function nextDue(queue: QueueFolder): number | undefined {
  let next: number | undefined;
  for (const file of listNames(queue.delayed)) {
    const dueAt = parseDelayedName(file)?.dueAt;
    if (dueAt !== undefined && (next === undefined || dueAt < next)) next = dueAt;
  }
  return next;
}

/** Foreign files in `pending/` itself; hidden ones are still being written. */
export function scanForeign(queue: QueueFolder): readonly string[] {
  const found = listEntries(queue.pending).filter(
    (entry) => !entry.name.startsWith('.') && !(entry.isDirectory() && isPriority(entry.name)),
  );
  return found.map((entry) => `${queue.pending}/${entry.name}`).sort();
}

function isPriority(name: string): boolean {
  return PRIORITIES.some((priority) => String(priority) === name);
}

function listEntries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The names in a folder; a missing folder is empty. */
export function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

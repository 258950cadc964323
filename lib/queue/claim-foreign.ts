import { lstatSync, renameSync } from 'node:fs';
import type { EventStamp } from '../events/event-id.ts';
import { errnoOf } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import { readEntry, type ClaimedEntry } from './claimed-entry.ts';
import { type EntryName, formatEntryName, parseEntryName } from './entry-name.ts';

export interface ClaimForeignOptions {
  /** `processing/<worker>` of the adopting worker. */
  readonly holding: string;
  readonly sizeCap: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly nextStamp: () => EventStamp;
}

/** How long to leave a file alone that does not parse: its writer may still be at work. */
const WRITER_TIME_MS = 2_000;

/**
 * Claims a foreign file and renames it to our name format. Its leading digit is its priority.
 * @returns the claimed entry, or `undefined` if its writer may still be at work or another worker
 * was first.
 */
export function claimForeign(path: string, options: ClaimForeignOptions): ClaimedEntry | undefined {
  if (!isWriterDone(path, options)) return undefined;
  const file = path.slice(path.lastIndexOf('/') + 1);
  const own = parseEntryName(file);
  const name: EntryName =
    own === undefined
      ? { ...options.nextStamp(), priority: priorityOf(file), attempts: 1 }
      : { ...own, attempts: own.attempts + 1 };
  const taken = `${options.holding}/${formatEntryName(name)}`;
  try {
    renameSync(path, taken);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  return own === undefined ? { name, path: taken, foreignName: file } : { name, path: taken };
}

/**
 * Reads the priority from a name: `5_backup.json` → 5. Names without a leading digit get the
 * default.
 */
function priorityOf(file: string): number {
  const digit = /^(\d)(?:\D|$)/.exec(file)?.[1];
  return digit === undefined ? 5 : Number(digit);
}

function isWriterDone(path: string, { sizeCap, now }: ClaimForeignOptions): boolean {
  try {
    const found = lstatSync(path);
    if (!found.isFile()) return true; // A link, a pipe or a folder never becomes an entry.
    if (isWhole(path, sizeCap)) return true;
    // A time far in the future means that the clock was moved, not that a writer is at work.
    return Math.abs(now - found.mtimeMs) >= WRITER_TIME_MS;
  } catch {
    return false; // Missing: another worker took it.
  }
}

function isWhole(path: string, sizeCap: number): boolean {
  try {
    return isJsonObject(JSON.parse(readEntry(path, sizeCap)));
  } catch {
    return false;
  }
}

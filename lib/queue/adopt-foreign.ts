import { lstatSync, renameSync } from 'node:fs';
import type { EventStamp } from '../events/event-id.ts';
import { errnoOf } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import { readEntry, type ClaimedEntry } from './claimed-entry.ts';
import { type EntryName, formatEntryName, parseEntryName } from './entry-name.ts';

export interface AdoptOptions {
  /** `processing/<worker>` of the adopting worker. */
  readonly holding: string;
  readonly sizeCap: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly nextStamp: () => EventStamp;
}

/** How long a file that does not parse is left alone: its writer may not be done. */
const SETTLE_MS = 2_000;

/**
 * Claims a foreign file and gives it a name of our form; its leading digit is its priority.
 * @returns the claimed entry, or `undefined` when its writer may not be done or another worker was first.
 */
export function adoptForeign(path: string, options: AdoptOptions): ClaimedEntry | undefined {
  if (!isSettled(path, options)) return undefined;
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

/** `5_backup.json` → 5; names without a leading digit get the default. */
function priorityOf(file: string): number {
  const digit = /^(\d)(?:\D|$)/.exec(file)?.[1];
  return digit === undefined ? 5 : Number(digit);
}

function isSettled(path: string, { sizeCap, now }: AdoptOptions): boolean {
  try {
    const found = lstatSync(path);
    if (!found.isFile()) return true; // a link, pipe or folder will never become an entry
    if (isWhole(path, sizeCap)) return true;
    return Math.abs(now - found.mtimeMs) >= SETTLE_MS; // a time far ahead is a clock that was moved, not a writer at work
  } catch {
    return false; // missing: another worker took it
  }
}

function isWhole(path: string, sizeCap: number): boolean {
  try {
    return isJsonObject(JSON.parse(readEntry(path, sizeCap)));
  } catch {
    return false;
  }
}

import { unlinkSync } from 'node:fs';
import { isoTime } from '../core/clock.ts';
import { errnoOf } from '../core/errors.ts';
import type { ClaimedEntry } from './claimed-entry.ts';
import { formatDelayedName, formatEntryName } from './entry-name.ts';
import { moveEntry } from './move-entry.ts';
import type { QueueFolder } from './queue-folder.ts';
import { writeEntry } from './write-entry.ts';

/** Why an entry is dead. Stored beside it as `<name>.reason`. */
export interface DeadReason {
  readonly code: string;
  readonly reason: string;
  readonly remedy: string;
  readonly attempts: number;
  /** The name under which a foreign file was dropped. */
  readonly foreignName?: string;
}

/**
 * Deletes an entry whose effect is committed. It may be missing already: its id prevents a second
 * effect.
 */
export function ack(entry: ClaimedEntry): void {
  try {
    unlinkSync(entry.path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/**
 * Returns an entry for a later attempt. Leaves it alone if another process recovered it in the
 * meantime.
 */
export function nack(queue: QueueFolder, entry: ClaimedEntry, dueAt: number): void {
  moveEntry(entry.path, queue.delayed, formatDelayedName(dueAt, entry.name));
}

/** Returns an entry as if it had never been claimed, because the failure was not its fault. */
export function release(queue: QueueFolder, entry: ClaimedEntry): void {
  const attempts = Math.max(0, entry.name.attempts - 1);
  moveEntry(
    entry.path,
    `${queue.pending}/${entry.name.priority}`,
    formatEntryName({ ...entry.name, attempts }),
  );
}

/**
 * Moves an entry to dead/ and writes its reason beside it. A dead entry without a reason is valid:
 * its worker crashed in between.
 */
export function moveToDead(
  queue: QueueFolder,
  entry: ClaimedEntry,
  reason: DeadReason,
  now: number,
): void {
  const name = formatEntryName(entry.name);
  // Another process recovered it; its next worker decides.
  if (!moveEntry(entry.path, queue.dead, name)) return;
  try {
    writeEntry(
      queue.tmp,
      queue.dead,
      `${name}.reason`,
      `${JSON.stringify({ ...reason, at: isoTime(now) })}\n`,
      { durability: 'none' },
    );
  } catch (error) {
    // The entry is safe in dead/; a full disk costs only its reason.
    if (errnoOf(error) === '') throw error;
  }
}

/**
 * Returns the delay before the next attempt, in milliseconds. It doubles with each attempt, up to
 * `cap`, and varies by half, so that entries that failed together do not return together.
 */
export function retryDelay(
  attempts: number,
  base: number,
  cap: number,
  random: () => number,
): number {
  const full = Math.min(cap, base * 2 ** Math.max(0, attempts - 1));
  return Math.round(full / 2 + (random() * full) / 2);
}

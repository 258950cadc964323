import { unlinkSync } from 'node:fs';
import { isoTime } from '../core/clock.ts';
import { errnoOf } from '../core/errors.ts';
import type { ClaimedEntry } from './claimed-entry.ts';
import { formatDelayedName, formatEntryName } from './entry-name.ts';
import { moveEntry } from './move-entry.ts';
import type { QueueFolder } from './queue-folder.ts';
import { writeEntry } from './write-entry.ts';

/** Why an entry is dead; lies beside it as `<name>.reason`. */
export interface DeadReason {
  readonly code: string;
  readonly reason: string;
  readonly remedy: string;
  readonly attempts: number;
  /** The name a foreign file was dropped under. */
  readonly foreignName?: string;
}

/** The effect is committed: the entry is gone. Already gone is fine (its id keeps it from counting twice). */
export function ack(entry: ClaimedEntry): void {
  try {
    unlinkSync(entry.path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Gives an entry back for a later attempt. One that was recovered from us meanwhile stays where it is now. */
export function nack(queue: QueueFolder, entry: ClaimedEntry, dueAt: number): void {
  moveEntry(entry.path, queue.delayed, formatDelayedName(dueAt, entry.name));
}

/** Gives an entry back as if it had never been claimed: it was not its fault. */
export function release(queue: QueueFolder, entry: ClaimedEntry): void {
  const attempts = Math.max(0, entry.name.attempts - 1);
  moveEntry(
    entry.path,
    `${queue.pending}/${entry.name.priority}`,
    formatEntryName({ ...entry.name, attempts }),
  );
}

/** Ends an entry: into dead/, its reason beside it. A dead entry without a reason is legal: its worker died in between. */
export function bury(
  queue: QueueFolder,
  entry: ClaimedEntry,
  reason: DeadReason,
  now: number,
): void {
  const name = formatEntryName(entry.name);
  if (!moveEntry(entry.path, queue.dead, name)) return; // it was recovered from us: its next worker judges it
  try {
    writeEntry(
      queue.tmp,
      queue.dead,
      `${name}.reason`,
      `${JSON.stringify({ ...reason, at: isoTime(now) })}\n`,
      { durability: 'none' },
    );
  } catch (error) {
    if (errnoOf(error) === '') throw error; // the entry is safe in dead/; a full disk costs only its reason
  }
}

/**
 * The delay before the next attempt, in milliseconds: doubles with each, up to `cap`, and spreads by half so that
 * entries which failed together do not come back together.
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

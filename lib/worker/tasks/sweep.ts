import { closeSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { eventId } from '../../events/event-id.ts';
import { parseEntryName } from '../../queue/entry-name.ts';
import type { QueueFolder } from '../../queue/queue-folder.ts';
import { sweepAbandoned } from '../../queue/recover.ts';
import { addTombstones } from '../../store/tombstones.ts';
import { inTransaction } from '../../store/transaction.ts';
import type { Database } from '../../store/database.ts';

/**
 * Deletes files of crashed makers from tmp/ and records their ids as abandoned.
 * @returns how many.
 */
export function sweep(queue: QueueFolder, database: Database, ageMs: number, now: number): number {
  const removed = sweepAbandoned(queue, fileSystemNow(queue.tmp), ageMs);
  const ids = removed.flatMap((file) => parseEntryName(file) ?? []).map(eventId);
  if (ids.length > 0) inTransaction(database, () => addTombstones(database, ids, 'abandoned', now));
  return removed.length;
}

/**
 * Returns the current time of this file system. File ages are measured by it, so that a process
 * clock that was moved deletes no young file.
 */
export function fileSystemNow(folder: string): number {
  const probe = `${folder}/.now-${process.pid}`;
  const fd = openSync(probe, 'w', 0o600);
  try {
    writeSync(fd, '.');
    return statSync(probe).mtimeMs;
  } finally {
    closeSync(fd);
    unlinkSync(probe);
  }
}

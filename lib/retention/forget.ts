import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { removeEvents } from '../store/apply-events.ts';
import { dropChangesOf } from '../store/changed-rows.ts';
import { deleteSessionRows } from '../store/keeper.ts';
import { inTransaction } from '../store/transaction.ts';
import { fileKeepers, NO_LIMITS, rowKeepers } from './keepers.ts';

/**
 * Deletes every row of these sessions from every table in one transaction, without tombstones. For
 * sessions that never existed, such as the sample of an installation; entries that are still in the
 * queue would bring them back.
 * @param events Ids of further events to delete in the same transaction.
 * @returns how many rows were deleted.
 */
export function forgetRows(
  database: Database,
  sessions: ReadonlySet<string>,
  events: readonly string[] = [],
): number {
  const keepers = rowKeepers(database, NO_LIMITS, 0);
  return inTransaction(database, () => {
    const removed = keepers.reduce((sum, keeper) => sum + keeper.forget(sessions), 0);
    const rows = removed + deleteSessionRows(database, sessions) + removeEvents(database, events);
    dropChangesOf(database, sessions); // the hash of a session tells the team to forget it
    return rows;
  });
}

/**
 * Deletes the files of sessions: waiting and dead entries, notes of hooks, views. Leaves event logs
 * and the archive unchanged.
 * @returns how many were deleted.
 */
export function forgetFiles(folder: StateFolder, sessions: ReadonlySet<string>): number {
  return fileKeepers(folder, NO_LIMITS, () => undefined).reduce(
    (sum, keeper) => sum + keeper.forget(sessions),
    0,
  );
}

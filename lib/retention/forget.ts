import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { removeRowsOf } from '../store/keeper.ts';
import { inTransaction } from '../store/transaction.ts';
import { fileKeepers, NO_LIMITS, rowKeepers } from './keepers.ts';

/**
 * Removes every row of a session from every table, in one transaction, and remembers nothing of it: no tombstones.
 * For sessions that never were, such as the sample of an installation; what is still in the queue would bring it back.
 * @returns how many rows went.
 */
export function forgetRows(database: Database, session: string): number {
  const keepers = rowKeepers(database, NO_LIMITS, 0);
  return inTransaction(database, () => {
    const removed = keepers.reduce((sum, keeper) => sum + keeper.forget(session), 0);
    return removed + removeRowsOf(database, session);
  });
}

/**
 * Removes the files of a session: entries that wait or were given up, notes of its hooks, views. Event logs and the archive are never
 * cut. @returns how many went.
 */
export function forgetFiles(folder: StateFolder, session: string): number {
  return fileKeepers(folder, NO_LIMITS, () => undefined).reduce(
    (sum, keeper) => sum + keeper.forget(session),
    0,
  );
}

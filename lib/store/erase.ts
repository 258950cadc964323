import type { Database } from './database.ts';
import { vacuumPages, deleteSessionRows } from './keeper.ts';
import { removeSessionRow } from './sessions-table.ts';
import { emptyLog } from './pragmas.ts';
import { inTransaction } from './transaction.ts';

/**
 * Makes SQLite overwrite deleted content with zeros from now on, so that no deleted text stays in
 * the file.
 */
export function overwriteDeleted(database: Database): void {
  database.exec('PRAGMA secure_delete = ON');
}

/** Rewrites the whole file, without remains of earlier deletions. */
export function rewriteStore(database: Database): void {
  database.exec('VACUUM');
  emptyLog(database);
}

/** Returns all free pages to the disk and empties the write-ahead log. */
export function vacuumAll(database: Database): void {
  while (vacuumPages(database));
  emptyLog(database);
}

/**
 * Deletes the rows of sessions from an earlier store and rewrites its file.
 * @returns how many rows were deleted.
 */
export function eraseFromEarlierStore(database: Database, sessions: readonly string[]): number {
  overwriteDeleted(database);
  const removed = inTransaction(database, () =>
    sessions.reduce(
      (sum, session) => sum + removeSessionRow(database, session),
      deleteSessionRows(database, sessions),
    ),
  );
  if (removed > 0) rewriteStore(database);
  return removed;
}

import type { Database } from './database.ts';
import { giveBackPages, removeRowsOf } from './keeper.ts';
import { removeSessionRow } from './sessions-table.ts';
import { emptyLog } from './pragmas.ts';
import { inTransaction } from './transaction.ts';

/** From here on, what is deleted is overwritten with zeros, so that its words are not left in the file. */
export function overwriteDeleted(database: Database): void {
  database.exec('PRAGMA secure_delete = ON');
}

/** Writes the whole file anew, without what earlier deletions left between rows. */
export function rewriteStore(database: Database): void {
  database.exec('VACUUM');
  emptyLog(database);
}

/** Gives all free pages back, and empties the write-ahead log. */
export function giveBackAll(database: Database): void {
  while (giveBackPages(database));
  emptyLog(database);
}

/** Deletes a session's rows from a store of an earlier schema, and writes the file anew. @returns how many rows went. */
export function eraseFromEarlier(database: Database, sessions: readonly string[]): number {
  overwriteDeleted(database);
  const removed = inTransaction(database, () =>
    sessions.reduce((sum, session) => {
      return sum + removeSessionRow(database, session) + removeRowsOf(database, session);
    }, 0),
  );
  if (removed > 0) rewriteStore(database);
  return removed;
}

import type { Database } from './database.ts';
import { BUSY_TIMEOUT_MS } from './pragmas.ts';

/**
 * Runs `action` in one transaction that holds the write lock from its start.
 * @param waitMs How long to wait for that lock, in milliseconds. Default: as long as any statement.
 */
export function inTransaction<T>(database: Database, action: () => T, waitMs?: number): T {
  if (waitMs === undefined) database.exec('BEGIN IMMEDIATE');
  else beginWithin(database, waitMs);
  try {
    const result = action();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/**
 * Lets all questions of `read` see one state of the store, however long they take. Writers go on
 * meanwhile.
 */
export async function inOneState<T>(database: Database, read: () => Promise<T>): Promise<T> {
  database.exec('BEGIN');
  try {
    return await read();
  } finally {
    rollBack(database); // nothing was written
  }
}

function beginWithin(database: Database, waitMs: number): void {
  const usual = `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`;
  try {
    database.exec(`PRAGMA busy_timeout = ${waitMs}; BEGIN IMMEDIATE; ${usual}`);
  } catch (error) {
    database.exec(usual);
    throw error;
  }
}

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite rolled back by itself (disk full, I/O error). The first error names the cause.
  }
}

import type { Database } from './database.ts';

/** Runs `action` in one transaction that holds the write lock from its start. */
export function inTransaction<T>(database: Database, action: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = action();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite rolled back by itself (disk full, I/O error); the first error tells the cause
  }
}

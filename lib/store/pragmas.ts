import type { Database } from './database.ts';

/**
 * How long a statement waits for another program's lock before it fails. The worker then backs off
 * without blocking.
 */
export const BUSY_TIMEOUT_MS = 250;

/** Reads a numeric pragma; 0 if SQLite returns nothing. */
export function numberPragma(database: Database, name: string): number {
  const value = database.prepare(`PRAGMA ${name}`).get()?.[name];
  return typeof value === 'number' ? value : 0;
}

/** Returns a number that changes with each commit of another connection. */
export function dataVersion(database: Database): number {
  return numberPragma(database, 'data_version');
}

/** Moves the write-ahead log into the database file, the one file that people copy. */
export function emptyLog(database: Database): void {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

/**
 * Locks a database as long as this process has it open. Does not wait.
 * @throws {@link StoreFault} BUSY or LOCKED if another process has it open.
 */
export function lockExclusively(database: Database): void {
  database.exec('PRAGMA busy_timeout = 0');
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  database.exec('BEGIN EXCLUSIVE');
}

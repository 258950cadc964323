import type { Database } from './database.ts';

/** How long a statement waits for another program's lock before it is reported; the worker then backs off without blocking. */
export const BUSY_TIMEOUT_MS = 250;

/** A pragma that is a number; 0 when SQLite says nothing. */
export function numberPragma(database: Database, name: string): number {
  const value = database.prepare(`PRAGMA ${name}`).get()?.[name];
  return typeof value === 'number' ? value : 0;
}

/** Changes with each commit of another connection. */
export function dataVersion(database: Database): number {
  return numberPragma(database, 'data_version');
}

/** Moves the write-ahead log into the file of the database, the one file that people copy. */
export function emptyLog(database: Database): void {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

/** Locks a database for as long as this process has it open, without waiting. @throws {@link StoreFault} BUSY or LOCKED when another process has it. */
export function lockExclusively(database: Database): void {
  database.exec('PRAGMA busy_timeout = 0');
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  database.exec('BEGIN EXCLUSIVE');
}

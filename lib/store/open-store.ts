import { chmodSync, existsSync } from 'node:fs';
import type { Database, OpenDatabase } from './database.ts';
import { migrate } from './migrate.ts';

/** How long a statement waits for another program's lock before it is reported; the worker then backs off without blocking. */
const BUSY_TIMEOUT_MS = 250;

/**
 * Opens the store for writing: creates it (0600) and migrates it if needed, WAL, `synchronous=FULL`
 * (a commit survives power loss; free at batches of 64 and more).
 * @throws {@link StoreFault} when it is locked, corrupt, full or unreadable.
 */
export function openStore(path: string, open: OpenDatabase): Database {
  const isNew = !existsSync(path);
  const database = open(path);
  try {
    if (isNew) chmodSync(path, 0o600);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens the store for reading only; `undefined` when there is none yet. */
export function openStoreForReading(path: string, open: OpenDatabase): Database | undefined {
  if (!existsSync(path)) return undefined;
  const database = open(path, { readOnly: true });
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return database;
}

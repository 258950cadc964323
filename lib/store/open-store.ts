import { chmodSync, existsSync } from 'node:fs';
import { BUSY_TIMEOUT_MS } from './busy-timeout.ts';
import type { Database, OpenDatabase } from './database.ts';
import { migrate } from './migrate.ts';

/**
 * Opens the store for writing: creates it (0600) and migrates it if needed, in WAL mode.
 * @param synchronous `FULL`: a commit survives power loss. `NORMAL`: it survives the death of any process; who needs more syncs the log before
 * acting on it, as the worker does before it acknowledges.
 * @throws {@link StoreFault} when it is locked, corrupt, full or unreadable.
 */
export function openStore(
  path: string,
  open: OpenDatabase,
  synchronous: 'FULL' | 'NORMAL' = 'FULL',
): Database {
  const isNew = !existsSync(path);
  const database = open(path);
  try {
    if (isNew) chmodSync(path, 0o600);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(`PRAGMA synchronous = ${synchronous}`);
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

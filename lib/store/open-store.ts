import { chmodSync, existsSync } from 'node:fs';
import type { Database, OpenDatabase } from './database.ts';
import { moveEarlierStoreAside, importEarlierStore } from './earlier-store.ts';
import { migrate } from './migrate.ts';
import { BUSY_TIMEOUT_MS } from './pragmas.ts';
import { isBeforeSchema1, isOutdated } from './schema-version.ts';
import { StoreFault } from './store-fault.ts';

/**
 * Called before a store of an earlier version is migrated or moved.
 * @returns why it must stay where it is, or `undefined` if nothing prevents it.
 */
export type MigrationBlocker = () => string | undefined;

const NOT_OURS: MigrationBlocker = () =>
  'an earlier waymark wrote it, and only the leading worker upgrades it';

/**
 * After a checkpoint, a write-ahead log that a large transaction made larger is truncated to this
 * size.
 */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Opens the store for writing in WAL mode. Creates it (0600) and migrates it if needed. Moves a
 * store from before schema 1 aside and starts a new one. Does neither while `migrationBlocker`
 * returns a reason.
 * @param synchronous `FULL`: a commit survives power loss. `NORMAL`: it survives the crash of any
 * process; a caller that needs more syncs the log first, as the worker does before it acknowledges.
 * @throws {@link StoreFault} if it is locked, corrupt, full or unreadable; BUSY while it is of an
 * earlier version and must stay as it is.
 */
export function openStore(
  path: string,
  open: OpenDatabase,
  synchronous: 'FULL' | 'NORMAL' = 'FULL',
  migrationBlocker: MigrationBlocker = NOT_OURS,
): Database {
  const database = openForWriting(path, open, synchronous);
  if (!closeOnFailure(database, () => isBeforeSchema1(database))) {
    closeOnFailure(database, () => {
      if (isOutdated(database)) requireFree(migrationBlocker);
      migrate(database);
    });
    return database;
  }
  closeOnFailure(database, () => requireFree(migrationBlocker));
  const kept = moveEarlierStoreAside(database, path);
  const fresh = openForWriting(path, open, synchronous);
  closeOnFailure(fresh, () => {
    migrate(fresh);
    importEarlierStore(fresh, kept);
  });
  return fresh;
}

/** Throws if a worker has the store open. Moving it then would lose that worker's next commits. */
function requireFree(migrationBlocker: MigrationBlocker): void {
  const reason = migrationBlocker();
  if (reason !== undefined) throw new StoreFault('BUSY', new Error(reason));
}

function openForWriting(
  path: string,
  open: OpenDatabase,
  synchronous: 'FULL' | 'NORMAL',
): Database {
  const isNew = !existsSync(path);
  const database = open(path);
  closeOnFailure(database, () => {
    if (isNew) chmodSync(path, 0o600);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    // Has an effect only before the first page is written.
    if (isNew) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
    database.exec(`PRAGMA synchronous = ${synchronous}`);
  });
  return database;
}

function closeOnFailure<T>(database: Database, run: () => T): T {
  try {
    return run();
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens the store read-only; `undefined` if there is none yet. */
export function openStoreForReading(path: string, open: OpenDatabase): Database | undefined {
  if (!existsSync(path)) return undefined;
  const database = open(path, { readOnly: true });
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return database;
}

import { chmodSync, existsSync } from 'node:fs';
import type { Database, OpenDatabase } from './database.ts';
import { setEarlierStoreAside, takeOver } from './earlier-store.ts';
import { migrate } from './migrate.ts';
import { BUSY_TIMEOUT_MS } from './pragmas.ts';
import { isBeforeSchema1, isOutdated } from './schema-version.ts';
import { StoreFault } from './store-fault.ts';

/**
 * Asked before a store of an earlier version is migrated or moved away.
 * @returns why it must stay where it is, or `undefined` when nothing holds it.
 */
export type WhyKept = () => string | undefined;

const NOT_OURS: WhyKept = () =>
  'an earlier waymark wrote it, and only the leading worker brings it up to date';

/** A write-ahead log that a large transaction has made larger is cut to this after it was written back. */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Opens the store for writing: creates it (0600) and migrates it if needed, in WAL mode. A store from before schema 1 is set aside and
 * a new one is begun in its place. Neither happens while `whyKept` knows a reason against it.
 * @param synchronous `FULL`: a commit survives power loss. `NORMAL`: it survives the death of any process; who needs more syncs the log before
 * acting on it, as the worker does before it acknowledges.
 * @throws {@link StoreFault} when it is locked, corrupt, full or unreadable; BUSY while it is of an earlier version and must stay as it is.
 */
export function openStore(
  path: string,
  open: OpenDatabase,
  synchronous: 'FULL' | 'NORMAL' = 'FULL',
  whyKept: WhyKept = NOT_OURS,
): Database {
  const database = openForWriting(path, open, synchronous);
  if (!closingOnFailure(database, () => isBeforeSchema1(database))) {
    closingOnFailure(database, () => {
      if (isOutdated(database)) requireFree(whyKept);
      migrate(database);
    });
    return database;
  }
  closingOnFailure(database, () => requireFree(whyKept));
  const kept = setEarlierStoreAside(database, path);
  const fresh = openForWriting(path, open, synchronous);
  closingOnFailure(fresh, () => {
    migrate(fresh);
    takeOver(fresh, kept);
  });
  return fresh;
}

/** Moved away under a worker that has it open, it would take that worker's next commits along. */
function requireFree(whyKept: WhyKept): void {
  const reason = whyKept();
  if (reason !== undefined) throw new StoreFault('BUSY', new Error(reason));
}

function openForWriting(
  path: string,
  open: OpenDatabase,
  synchronous: 'FULL' | 'NORMAL',
): Database {
  const isNew = !existsSync(path);
  const database = open(path);
  closingOnFailure(database, () => {
    if (isNew) chmodSync(path, 0o600);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    if (isNew) database.exec('PRAGMA auto_vacuum = INCREMENTAL'); // counts only before the first page is written
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
    database.exec(`PRAGMA synchronous = ${synchronous}`);
  });
  return database;
}

function closingOnFailure<T>(database: Database, run: () => T): T {
  try {
    return run();
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

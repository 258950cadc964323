import { chmodSync, existsSync, rmSync } from 'node:fs';
import type { Database, OpenDatabase } from '../store/database.ts';
import { BUSY_TIMEOUT_MS, numberPragma } from '../store/pragmas.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { makeTables } from './table.ts';

/** What is in the file. Another version is thrown away and built anew: everything in it comes from elsewhere. */
export const INDEX_VERSION = 1;

const FILES = ['', '-wal', '-shm'];

/**
 * Opens the search index for writing; makes it (0600) where there is none, and anew where it is damaged or of another version.
 * Deleted words are overwritten, so that what is forgotten is not in the file.
 * @throws {@link StoreFault} when it cannot be used now.
 */
export function openIndex(path: string, open: OpenDatabase): Database {
  try {
    const database = openWhole(path, open);
    if (numberPragma(database, 'user_version') === INDEX_VERSION) return database;
    database.close();
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  removeIndex(path);
  return openWhole(path, open);
}

/** The index for reading; `undefined` while there is none that this version can read. */
export function openIndexForReading(path: string, open: OpenDatabase): Database | undefined {
  if (!existsSync(path)) return undefined;
  const database = open(path, { readOnly: true });
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  if (numberPragma(database, 'user_version') === INDEX_VERSION) return database;
  database.close();
  return undefined;
}

/** Deletes the files of the index. */
export function removeIndex(path: string): void {
  for (const end of FILES) rmSync(`${path}${end}`, { force: true });
}

/** Whether the file is not, or no longer, an index. */
export function isDamage(error: unknown): boolean {
  const kind = storeFaultOf(error)?.kind;
  return kind === 'CORRUPT' || kind === 'NOTADB';
}

function openWhole(path: string, open: OpenDatabase): Database {
  const isNew = !existsSync(path);
  const database = open(path);
  try {
    if (isNew) chmodSync(path, 0o600);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    if (isNew) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec('PRAGMA secure_delete = ON; PRAGMA cache_size = -16000');
    if (numberPragma(database, 'user_version') === 0) makeTables(database, INDEX_VERSION);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

import { chmodSync, existsSync, rmSync } from 'node:fs';
import type { Database, OpenDatabase } from '../store/database.ts';
import { BUSY_TIMEOUT_MS, numberPragma } from '../store/pragmas.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { inTransaction } from '../store/transaction.ts';
import { makeTables, removeAll } from './table.ts';
import { dropPart, listParts } from './table-words.ts';

/**
 * Version of the file. A file of another version is deleted and rebuilt: everything in it comes
 * from elsewhere.
 */
export const INDEX_VERSION = 2;

const FILES = ['', '-wal', '-shm'];

/**
 * Opens the search index for writing; makes it (0600) where there is none, and anew where it is
 * damaged or of another version. Deleted words are overwritten, so that what is forgotten is not in
 * the file.
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
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    if (numberPragma(database, 'user_version') === INDEX_VERSION) return database;
    database.close();
    return undefined;
  } catch (error) {
    database.close();
    if (isDamage(error)) return undefined; // the next writer rebuilds it
    throw error;
  }
}

/** Deletes the files of the index. */
export function removeIndex(path: string): void {
  for (const end of FILES) rmSync(`${path}${end}`, { force: true });
}

/**
 * Takes everything out of the index, in one transaction: searches meanwhile find what was there,
 * then nothing.
 */
export function emptyIndex(index: Database): void {
  inTransaction(index, () => {
    for (const part of listParts(index)) dropPart(index, part);
    removeAll(index);
  });
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
    database.exec('PRAGMA secure_delete = ON; PRAGMA cache_size = -4000');
    if (numberPragma(database, 'user_version') === 0) makeTables(database, INDEX_VERSION);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

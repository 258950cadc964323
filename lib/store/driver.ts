import { WaymarkError } from '../core/errors.ts';
import type { OpenDatabase } from './database.ts';
import { libsql } from './libsql.ts';
import { nodeSqlite } from './node-sqlite.ts';

/**
 * Returns the SQLite driver of this machine: Node's own if it has one, else `libsql`.
 * @throws {@link WaymarkError} STORE_DRIVER_MISSING if there is neither.
 */
export function sqliteDriver(): OpenDatabase {
  const driver = nodeSqlite() ?? libsql();
  if (driver === undefined)
    throw new WaymarkError(
      'STORE_DRIVER_MISSING',
      `Cannot open the store: Node ${process.versions.node} has no SQLite and libsql is not installed`,
    );
  return driver;
}

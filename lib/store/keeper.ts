import type { Database } from './database.ts';

/** Pages that are given back at a time, so that nobody waits long for the store: 8 MiB. */
const MOST_PAGES = 2048;

/** What has to go: what is older than `before`. */
export interface Expiry {
  readonly before: number;
  readonly now: number;
  /** The `seq` of the last event that logs and archive have: later ones stay. */
  readonly written: number;
}

/** One kind of rows and how long they stay; its owner makes it, `lib/retention` has the list. */
export interface RowKeeper {
  readonly name: string;
  /** Every table from which it removes rows. */
  readonly tables: readonly string[];
  /** Called in one transaction with all others, in the order of the list. */
  readonly expire: (database: Database, expiry: Expiry) => void;
  /** Removes what is left of one session in rows without its `session_id`. @returns how many rows went. */
  readonly forget?: (database: Database, session: string) => number;
}

/** Rows that go by their own age. */
export function removeOlder(
  database: Database,
  tables: readonly string[],
  { before }: Expiry,
): void {
  for (const table of tables) database.prepare(`DELETE FROM ${table} WHERE at < ?`).run(before);
}

/** Rows that go with their session; its keeper has been called by then. */
export function removeOrphans(database: Database, tables: readonly string[]): void {
  for (const table of tables)
    database
      .prepare(`DELETE FROM ${table} WHERE session_id NOT IN (SELECT id FROM sessions)`)
      .run();
}

/**
 * Removes the rows of one session from every table with a `session_id`. Asked of the schema, so that a table which a later version adds is
 * not forgotten here. @returns how many rows went.
 */
export function removeRowsOf(database: Database, session: string): number {
  const sql = `SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c ON c.name = 'session_id' WHERE m.type = 'table' ORDER BY m.name`;
  return database
    .prepare(sql)
    .all()
    .map(({ name }) => database.prepare(`DELETE FROM ${name} WHERE session_id = ?`).run(session))
    .reduce((sum, { changes }) => sum + changes, 0);
}

/** Gives pages of removed rows back to the disk; `exec` steps through all of them, a statement would free one. */
export function giveBackPages(database: Database): void {
  database.exec(`PRAGMA incremental_vacuum(${MOST_PAGES})`);
}

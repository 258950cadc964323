import {
  sumDeletable,
  type Budget,
  type Deletable,
  type Keeper,
  type Plan,
  type Size,
} from '../core/keeper.ts';
import { resolvedSlice, collectSliced, type Sliced } from '../core/sliced.ts';
import { measureRows, type SomeRows } from './measure-rows.ts';
import type { Database } from './database.ts';
import { numberPragma } from './pragmas.ts';

/** Pages to return to the disk at once: 8 MiB, so that nobody waits long for the store. */
const MAX_PAGES = 2048;

/** The limits by which rows expire. */
export interface Expiry {
  /**
   * Delete rows that serve current work and are older than this, in milliseconds since the epoch.
   */
  readonly before: number;
  /** Delete rows about sessions that are older than this. */
  readonly historyBefore: number;
  readonly now: number;
  /** The `seq` of the last event that is in logs and archive. Later events are kept. */
  readonly written: number;
}

/** Rows to delete. */
export interface Deletion extends SomeRows {
  /** A condition that selects the same rows before and after the earlier deletions of the list. */
  readonly where: string;
}

/** One kind of rows: its tables, and when rows are deleted. */
export interface RowKind {
  readonly name: string;
  /** All its tables. No other kind has one of them. */
  readonly tables: readonly string[];
  /** Tables of these whose rows never expire by age, each with the reason. */
  readonly neverByAge?: Readonly<Record<string, string>>;
  readonly deletions: (database: Database, expiry: Expiry) => readonly Deletion[];
  /** Records what is needed later, in the same transaction, before the rows are deleted. */
  readonly remember?: (database: Database, expiry: Expiry) => void;
  /**
   * Deletes rows of one session in tables without a `session_id`.
   * @returns how many were deleted.
   */
  readonly forget?: (database: Database, session: string) => number;
}

/**
 * Makes a keeper of rows. The caller prunes all kinds in one transaction, in the order of the list.
 */
export function rowKeeper(kind: RowKind, database: Database, written: number): Keeper {
  const planFor = ({ before, historyBefore }: Budget, now: number): Plan => {
    const expiry = { before, historyBefore, now, written };
    const deletions = kind.deletions(database, expiry);
    // Cached: it costs a scan, and the budget asks more than once.
    let measured: Deletable | undefined;
    return {
      kind: kind.name,
      *measure() {
        measured ??= sumDeletable(
          yield* collectSliced(deletions.map((one) => measureRows(database, one))),
        );
        return measured;
      },
      prune: () => {
        kind.remember?.(database, expiry);
        return deletions.reduce((sum, deletion) => sum + remove(database, deletion), 0);
      },
    };
  };
  return {
    name: kind.name,
    size: () => sizeOf(database, kind.tables),
    plan: (budget, now) => resolvedSlice(planFor(budget, now)),
    forget: (sessions) =>
      [...sessions].reduce((sum, session) => sum + (kind.forget?.(database, session) ?? 0), 0),
  };
}

/** Returns the deletions of rows that are older than `before` by their own time. */
export function deleteOlderThan(before: number, tables: readonly string[]): readonly Deletion[] {
  return tables.map((table) => ({ table, where: 'at < ?', values: [before], at: 'at' }));
}

/** Returns the deletions of rows whose session expires. */
export function deleteWithSession(
  { historyBefore }: Expiry,
  tables: readonly string[],
): readonly Deletion[] {
  const where = 'session_id NOT IN (SELECT id FROM sessions WHERE last_event_at >= ?)';
  return tables.map((table) => ({ table, where, values: [historyBefore] }));
}

/**
 * Deletes the rows of sessions from every table with a `session_id`. Finds the tables in the
 * schema, so that it includes tables of later versions.
 * @returns how many rows were deleted.
 */
export function deleteSessionRows(database: Database, sessions: Iterable<string>): number {
  const ids = JSON.stringify([...sessions]);
  const sql = `SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c ON c.name = 'session_id' WHERE m.type = 'table' ORDER BY m.name`;
  return database
    .prepare(sql)
    .all()
    .map(({ name }) =>
      database
        .prepare(`DELETE FROM ${name} WHERE session_id IN (SELECT value FROM json_each(?))`)
        .run(ids),
    )
    .reduce((sum, { changes }) => sum + changes, 0);
}

/**
 * Returns a limited number of free pages to the disk. Uses `exec`, which steps through all of them;
 * a prepared statement would free one.
 * @returns whether there are more.
 */
export function vacuumPages(database: Database): boolean {
  const free = numberPragma(database, 'freelist_count');
  if (free > 0) database.exec(`PRAGMA incremental_vacuum(${MAX_PAGES})`);
  return free > MAX_PAGES;
}

/**
 * Returns the bytes of pages in use. Free pages belong to the file until {@link vacuumPages}
 * returns them, and the write-ahead log grows with each deletion: counting those would cause more
 * and more deletions.
 */
export function usedBytes(database: Database): number {
  const pages = numberPragma(database, 'page_count') - numberPragma(database, 'freelist_count');
  return pages * numberPragma(database, 'page_size');
}

function* sizeOf(database: Database, tables: readonly string[]): Sliced<Size> {
  const whole = tables.map((table) => measureRows(database, { table, where: '1', values: [] }));
  const { count, bytes } = sumDeletable(yield* collectSliced(whole));
  return { count, bytes };
}

function remove(database: Database, { table, where, values }: Deletion): number {
  return database.prepare(`DELETE FROM ${table} WHERE ${where}`).run(...values).changes;
}

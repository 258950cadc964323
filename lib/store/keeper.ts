import {
  addUp,
  type Budget,
  type Doomed,
  type Keeper,
  type Plan,
  type Size,
} from '../core/keeper.ts';
import { constant, eachSliced, type Sliced } from '../core/sliced.ts';
import { measureRows, type SomeRows } from './measure-rows.ts';
import type { Database } from './database.ts';
import { numberPragma } from './pragmas.ts';

/** Pages that are given back at a time, so that nobody waits long for the store: 8 MiB. */
const MOST_PAGES = 2048;

/** What rows are judged by. */
export interface Expiry {
  /** Rows from before this time go, in milliseconds since the epoch. */
  readonly before: number;
  readonly now: number;
  /** The `seq` of the last event that logs and archive have: later ones stay. */
  readonly written: number;
}

/** Rows that go. */
export interface Deletion extends SomeRows {
  /** Holds for the same rows before and after the deletions ahead of it in the list. */
  readonly where: string;
}

/** One kind of rows, which tables it has, and when they go. */
export interface RowKind {
  readonly name: string;
  /** Every table that belongs to it; no other kind has one of them. */
  readonly tables: readonly string[];
  /** Tables of these whose rows never go by age, each with the reason. */
  readonly staying?: Readonly<Record<string, string>>;
  readonly deletions: (database: Database, expiry: Expiry) => readonly Deletion[];
  /** What has to be written down before the rows go, in the same transaction. */
  readonly remember?: (database: Database, expiry: Expiry) => void;
  /** Deletes rows of one session that have no `session_id`. @returns how many went. */
  readonly forget?: (database: Database, session: string) => number;
}

/** A keeper of rows. All are pruned in one transaction of the caller, in the order of the list. */
export function rowKeeper(kind: RowKind, database: Database, written: number): Keeper {
  const planFor = ({ before }: Budget, now: number): Plan => {
    const expiry = { before, now, written };
    const deletions = kind.deletions(database, expiry);
    let measured: Doomed | undefined; // a scan, and the budget asks more than once
    return {
      kind: kind.name,
      *measure() {
        measured ??= addUp(yield* eachSliced(deletions.map((one) => measureRows(database, one))));
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
    plan: (budget, now) => constant(planFor(budget, now)),
    forget: (session) => kind.forget?.(database, session) ?? 0,
  };
}

/** Rows that go by their own age. */
export function olderThan({ before }: Expiry, tables: readonly string[]): readonly Deletion[] {
  return tables.map((table) => ({ table, where: 'at < ?', values: [before], at: 'at' }));
}

/** Rows that go with their session. */
export function withoutSession({ before }: Expiry, tables: readonly string[]): readonly Deletion[] {
  const where = 'session_id NOT IN (SELECT id FROM sessions WHERE last_event_at >= ?)';
  return tables.map((table) => ({ table, where, values: [before] }));
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

/**
 * Gives pages of deleted rows back to the disk, a bounded number of them; `exec` steps through all of these, a statement would free one.
 * @returns whether there are more.
 */
export function giveBackPages(database: Database): boolean {
  const free = numberPragma(database, 'freelist_count');
  if (free > 0) database.exec(`PRAGMA incremental_vacuum(${MOST_PAGES})`);
  return free > MOST_PAGES;
}

/**
 * Bytes of the pages in use. Free ones belong to the file until {@link giveBackPages} has come to them, and the write-ahead log
 * grows with whatever is deleted: who counted those would delete more and more.
 */
export function usedBytes(database: Database): number {
  const pages = numberPragma(database, 'page_count') - numberPragma(database, 'freelist_count');
  return pages * numberPragma(database, 'page_size');
}

function* sizeOf(database: Database, tables: readonly string[]): Sliced<Size> {
  const whole = tables.map((table) => measureRows(database, { table, where: '1', values: [] }));
  const { count, bytes } = addUp(yield* eachSliced(whole));
  return { count, bytes };
}

function remove(database: Database, { table, where, values }: Deletion): number {
  return database.prepare(`DELETE FROM ${table} WHERE ${where}`).run(...values).changes;
}

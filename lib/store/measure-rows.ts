import { sumDeletable, type Deletable, NOTHING_DELETABLE } from '../core/keeper.ts';
import type { Sliced } from '../core/sliced.ts';
import type { Database, Row, SqlValue } from './database.ts';

/** Rows of `table` that match `where`. */
export interface SomeRows {
  readonly table: string;
  readonly where: string;
  readonly values: readonly SqlValue[];
  /** The column with the time of a row. Missing: it has none. */
  readonly at?: string;
}

/** Rows per slice: about 20 ms. */
const SLICE_ROWS = 10_000;

/**
 * Counts rows and their bytes, in slices along the primary key. `octet_length` does not read
 * overflow pages of long texts.
 */
export function* measureRows(
  database: Database,
  { table, where, values, at = 'NULL' }: SomeRows,
): Sliced<Deletable> {
  const key = keyOf(database, table);
  const bytes = columnsOf(database, table).map((name) => `coalesce(octet_length("${name}"), 0)`);
  const sums = `SELECT count(*) AS count, coalesce(sum(${bytes.join(' + ')}), 0) AS bytes, min(${at}) AS oldest FROM ${table}`;
  let [sum, from] = [NOTHING_DELETABLE, undefined as Row | undefined];
  for (;;) {
    const to = rowAfter(database, table, key, from);
    const conditions = [
      `(${where})`,
      ...(from === undefined ? [] : [bound(key, '>', values.length)]),
      ...(to === undefined ? [] : [bound(key, '<=', values.length + (from ? key.length : 0))]),
    ];
    const bounds = [from, to].flatMap((row) => (row === undefined ? [] : valuesOf(row, key)));
    const sql = `${sums} WHERE ${conditions.join(' AND ')}`;
    sum = sumDeletable([sum, doomedOf(database.prepare(sql).get(...values, ...bounds))]);
    if (to === undefined) return sum;
    from = to;
    yield;
  }
}

function doomedOf({ count, bytes, oldest = null }: Row = {}): Deletable {
  return {
    count: Number(count ?? 0),
    bytes: Number(bytes ?? 0),
    oldest: oldest === null ? null : Number(oldest),
  };
}

/** Returns the last row of the slice after `from`; `undefined` for the last slice. */
function rowAfter(
  database: Database,
  table: string,
  key: readonly string[],
  from: Row | undefined,
): Row | undefined {
  const names = key.join(', ');
  const behind = from === undefined ? '' : `WHERE ${bound(key, '>', 0)}`;
  const sql = `SELECT ${names} FROM ${table} ${behind} ORDER BY ${names} LIMIT 1 OFFSET ${SLICE_ROWS - 1}`;
  return database.prepare(sql).get(...(from === undefined ? [] : valuesOf(from, key)));
}

/**
 * Returns a condition that SQLite evaluates with the key. Its values are the parameters after the
 * first `used`.
 */
function bound(key: readonly string[], operator: '>' | '<=', used: number): string {
  const parameters = key.map((_, index) => `?${used + index + 1}`);
  return `(${key.join(', ')}) ${operator} (${parameters.join(', ')})`;
}

function valuesOf(row: Row, key: readonly string[]): readonly SqlValue[] {
  return key.map((name) => row[name] ?? null);
}

function columnsOf(database: Database, table: string): readonly string[] {
  const rows = database.prepare('SELECT name FROM pragma_table_info(?)').all(table);
  return rows.map(({ name }) => String(name));
}

/** Returns the columns by which a table is ordered on disk. */
function keyOf(database: Database, table: string): readonly string[] {
  const found = database
    .prepare('SELECT wr FROM pragma_table_list WHERE schema = ? AND name = ?')
    .get('main', table);
  if (found?.['wr'] !== 1) return ['rowid'];
  return database
    .prepare('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
    .all(table)
    .map(({ name }) => String(name));
}

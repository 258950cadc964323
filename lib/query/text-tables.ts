import type { Database, Row, SqlValue } from '../store/database.ts';

/** A table that can be read in chunks, in the order of its key. */
export interface TextTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** The primary key, or `rowid`. */
  readonly key: readonly string[];
  keyOf(row: Row): readonly SqlValue[];
  /** The next rows behind the key `last`, or the first ones. */
  read(last: readonly SqlValue[] | undefined, limit: number): readonly Row[];
}

/** Every table of the store, those of SQLite itself and views left out. */
export function textTables(database: Database): readonly TextTable[] {
  return database
    .prepare(
      "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type <> 'view' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all()
    .map((row) => textTable(database, String(row['name']), row['wr'] === 1));
}

function textTable(database: Database, name: string, isWithoutRowid: boolean): TextTable {
  const info = database.prepare('SELECT name, pk FROM pragma_table_info(?) ORDER BY cid').all(name);
  const columns = info.map((row) => String(row['name']));
  const key = isWithoutRowid
    ? info
        .filter((row) => Number(row['pk']) > 0)
        .toSorted((left, right) => Number(left['pk']) - Number(right['pk']))
        .map((row) => String(row['name']))
    : ['rowid'];
  const selected = [...new Set([...key, ...columns])]
    .map((column) => `${quoted(column)} AS ${quoted(column)}`)
    .join(', ');
  const order = key.map(quoted).join(', ');
  const behind = `(${order}) > (${key.map(() => '?').join(', ')})`;
  const keyOf = (row: Row) => key.map((column) => row[column] ?? null);
  return {
    name,
    columns,
    key,
    keyOf,
    read: (last, limit) =>
      database
        .prepare(
          `SELECT ${selected} FROM ${quoted(name)} ${last === undefined ? '' : `WHERE ${behind}`} ORDER BY ${order} LIMIT ?`,
        )
        .all(...(last ?? []), limit),
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

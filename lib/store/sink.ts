import type { Database, SqlValue } from './database.ts';
import { type Changes, mergeChanges } from './merge-writes.ts';
import { mergeSql, removeSql } from './sink-sql.ts';
import type { Change, Write } from './table-definition.ts';

export type { Change, Removal, TableDefinition, Write } from './table-definition.ts';

/** Rows per statement, largest first: a call into SQLite costs more than merging a row. */
const CHUNKS = [64, 16, 4, 1] as const;

/**
 * Applies changes in the caller's transaction. Merges several writes of one row before it queries
 * the store.
 * @throws if a write has no key, sets only a part of a tuple, or sets a column that the definition
 * does not have.
 */
export function applyWrites(database: Database, changes: readonly Change[]): void {
  for (const merged of mergeChanges(changes)) apply(database, merged);
}

function apply(database: Database, { definition, removed, written }: Changes): void {
  for (const key of removed) database.prepare(removeSql(definition)).run(...key);
  for (const { columns, rows } of written) {
    let at = 0;
    for (const size of CHUNKS)
      for (; rows.length - at >= size; at += size)
        database
          .prepare(mergeSql(definition, columns, size))
          .run(...valuesOf(rows, columns, at, size));
  }
}

function valuesOf(
  rows: ReadonlyArray<Write['row']>,
  columns: readonly string[],
  at: number,
  size: number,
): readonly SqlValue[] {
  const values: SqlValue[] = [];
  for (let n = at; n < at + size; n += 1)
    for (const column of columns) values.push(rows[n]?.[column] ?? null);
  return values;
}

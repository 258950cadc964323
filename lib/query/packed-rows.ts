import { type Expression, sql } from 'kysely';
import { parseJson } from '../core/json.ts';
import type { Database, Row } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readTextColumn } from './row.ts';
import { isOfTeam } from './store-view.ts';

/** The values of the columns of a row, in their order. */
export type PackedRow = readonly unknown[];

/** Rows in one text. All in one would take several times the memory of the rows at once. */
const ROWS_OF_TEXT = 4_096;

/**
 * Returns what `read` makes of each row of a query. Rows come as texts of many: to read thousands
 * of them one by one takes longer than to find them.
 */
export async function readPackedRows<T>(
  database: Database,
  query: Expression<unknown>,
  columns: readonly string[],
  read: (row: PackedRow) => T,
): Promise<readonly T[]> {
  const namesIn = (table: string) => sql.join(columns.map((name) => sql.ref(`${table}.${name}`)));
  const list = isOfTeam(database)
    ? sql<string>`json_agg(json_build_array(${namesIn('n')}))`
    : sql<string>`json_group_array(json_array(${namesIn('n')}))`;
  const numbered = sql<Readonly<Record<string, unknown>>>`(SELECT ${namesIn('r')},
    (row_number() OVER ()) / ${sql.lit(ROWS_OF_TEXT)} AS part FROM ${query} AS r)`;
  const texts = await runQuery(
    database,
    queryBuilder().selectFrom(numbered.as('n')).select(list.as('packed')).groupBy('n.part'),
  );
  return texts.flatMap((text) => rowsIn(text).map(read));
}

function rowsIn(text: Row): readonly PackedRow[] {
  const packed = parseJson(readTextColumn(text, 'packed') ?? '');
  return Array.isArray(packed) ? packed.filter((one) => Array.isArray(one)) : [];
}

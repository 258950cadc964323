import { type Expression, sql } from 'kysely';
import { parseJson } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readTextColumn } from './row.ts';
import { isOfTeam } from './store-view.ts';

/** The values of the columns of a row, in their order. */
export type PackedRow = readonly unknown[];

/**
 * Returns the rows of a query, which come as one text: to read thousands of rows one by one takes
 * longer than to find them.
 */
export async function readPackedRows(
  database: Database,
  query: Expression<unknown>,
  columns: readonly string[],
): Promise<readonly PackedRow[]> {
  const names = sql.join(columns.map((name) => sql.ref(`r.${name}`)));
  const list = isOfTeam(database)
    ? sql<string>`json_agg(json_build_array(${names}))`
    : sql<string>`json_group_array(json_array(${names}))`;
  const [row = {}] = await runQuery(
    database,
    queryBuilder()
      .selectFrom(sql<Readonly<Record<string, unknown>>>`${query}`.as('r'))
      .select(list.as('packed')),
  );
  const packed = parseJson(readTextColumn(row, 'packed') ?? '');
  return Array.isArray(packed) ? packed.filter((one) => Array.isArray(one)) : [];
}

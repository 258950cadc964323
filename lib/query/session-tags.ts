import { groupBy } from '../core/group-by.ts';
import type { Database } from '../store/database.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { readTextColumn } from './row.ts';

/** The tags of sessions, in the order of the alphabet. */
export async function readSessionTags(
  database: Database,
  sessions: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const query = queryBuilder()
    .selectFrom('session_tags')
    .select(['session_id', 'tag'])
    .where(
      'session_id',
      'in',
      queryBuilder().selectFrom(bindList(sessions).as('l')).select('l.value'),
    )
    .orderBy('tag');
  const rows = await runQuery(database, query);
  const groups = groupBy(rows, (row) => readTextColumn(row, 'session_id') ?? '');
  return new Map(
    [...groups].map(([id, some]) => [id, some.flatMap((row) => readTextColumn(row, 'tag') ?? [])]),
  );
}

/** The sessions with a tag. */
export async function findSessionsWithTag(
  database: Database,
  tag: string,
): Promise<readonly string[]> {
  const query = queryBuilder()
    .selectFrom('session_tags')
    .select('session_id')
    .where('tag', '=', tag.trim().toLowerCase());
  return (await runQuery(database, query)).flatMap(
    (row) => readTextColumn(row, 'session_id') ?? [],
  );
}

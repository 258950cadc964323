import { groupBy } from '../core/group-by.ts';
import type { Database } from '../store/database.ts';
import { listed, queryBuilder, rowsOf } from './builder.ts';
import { textOf } from './row.ts';

/** The tags of sessions, in the order of the alphabet. */
export async function tagsOf(
  database: Database,
  sessions: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const query = queryBuilder()
    .selectFrom('session_tags')
    .select(['session_id', 'tag'])
    .where(
      'session_id',
      'in',
      queryBuilder().selectFrom(listed(sessions).as('l')).select('l.value'),
    )
    .orderBy('tag');
  const rows = await rowsOf(database, query);
  const groups = groupBy(rows, (row) => textOf(row, 'session_id') ?? '');
  return new Map(
    [...groups].map(([id, some]) => [id, some.flatMap((row) => textOf(row, 'tag') ?? [])]),
  );
}

/** The sessions with a tag. */
export async function sessionsWithTag(database: Database, tag: string): Promise<readonly string[]> {
  const query = queryBuilder()
    .selectFrom('session_tags')
    .select('session_id')
    .where('tag', '=', tag.trim().toLowerCase());
  return (await rowsOf(database, query)).flatMap((row) => textOf(row, 'session_id') ?? []);
}

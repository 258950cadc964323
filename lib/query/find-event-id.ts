import { type SqlBool, sql } from 'kysely';
import { WaymarkError } from '../core/errors.ts';
import type { Database } from '../store/database.ts';
import { beginsWith, queryBuilder, runQuery } from './builder.ts';
import { readTextColumn } from './row.ts';

/** Most ids that an error names. */
const MAX_NAMED = 5;

/** Fewest characters of the last part of an id that are looked for: each look reads all ids. */
const FEWEST = 4;

/**
 * The whole id of a stored event, or `wanted` itself where the store has none: the archive may.
 * @param wanted An id, the beginning of one, or the beginning of its last part, since all ids of a
 * day begin alike.
 * @throws {@link WaymarkError} USAGE when several ids begin so.
 */
export async function findEventId(database: Database | undefined, wanted: string): Promise<string> {
  if (database === undefined || wanted === '') return wanted;
  const events = queryBuilder().selectFrom('events').select('id').orderBy('id').limit(MAX_NAMED);
  const begin = await idsOf(database, events.where(beginsWith(sql.ref('id'), wanted)));
  if (begin.includes(wanted)) return wanted;
  const isPart = begin.length === 0 && wanted.length >= FEWEST && /^[0-9a-f]+$/.test(wanted);
  const found = isPart
    ? await idsOf(database, events.where(sql<SqlBool>`id GLOB ${`evt_*_*_${wanted}*`}`))
    : begin;
  if (found.length > 1)
    throw new WaymarkError(
      'USAGE',
      `Cannot choose an event for ${wanted}: ${found.join(', ')} begin with it`,
      { remedy: 'Give more of the id.' },
    );
  return found[0] ?? wanted;
}

async function idsOf(
  database: Database,
  query: Parameters<typeof runQuery>[1],
): Promise<readonly string[]> {
  return (await runQuery(database, query)).flatMap((row) => readTextColumn(row, 'id') ?? []);
}

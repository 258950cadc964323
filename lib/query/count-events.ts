import { sql } from 'kysely';
import { isoTime } from '../core/clock.ts';
import type { Database } from '../store/database.ts';
import { runQuery } from './builder.ts';
import { type EventFilter, selectEvents } from './events.ts';
import { readNumberColumn } from './row.ts';

export const COUNT_BY = ['type', 'source', 'hour'] as const;
export type CountBy = (typeof COUNT_BY)[number];

/** How many events share one value. Field names are a contract. */
export interface EventCount {
  /** A type, a source, or the ISO time at which an hour began. */
  readonly value: string;
  readonly count: number;
}

const HOUR_MS = 3_600_000;

/**
 * Events by type or source, most first; by hour, latest last. Hours without events are left out.
 */
export async function countEvents(
  database: Database,
  by: CountBy,
  { limit, ...filter }: EventFilter,
): Promise<readonly EventCount[]> {
  const counted = selectEvents(filter)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .limit(limit);
  if (by !== 'hour') {
    const query = counted
      .select(`${by} as value`)
      .groupBy('value')
      .orderBy('count', 'desc')
      .orderBy('value');
    const rows = await runQuery(database, query);
    return rows.map((row) => ({
      value: String(row['value']),
      count: readNumberColumn(row, 'count') ?? 0,
    }));
  }
  const query = counted
    .select(sql<number>`CAST(at / ${sql.lit(HOUR_MS)} AS INTEGER)`.as('value'))
    .groupBy('value')
    .orderBy('value', 'desc');
  const rows = await runQuery(database, query);
  return rows.toReversed().map((row) => ({
    value: isoTime((readNumberColumn(row, 'value') ?? 0) * HOUR_MS),
    count: readNumberColumn(row, 'count') ?? 0,
  }));
}

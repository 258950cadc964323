import { isoTime } from '../core/clock.ts';
import type { Database } from '../store/database.ts';
import { conditionsOf, type EventFilter } from './events.ts';
import { numberOf } from './row.ts';

export const COUNT_BY = ['type', 'source', 'hour'] as const;
export type CountBy = (typeof COUNT_BY)[number];

/** How many events share one value. Field names are a contract. */
export interface EventCount {
  /** A type, a source, or the ISO time at which an hour began. */
  readonly value: string;
  readonly count: number;
}

const HOUR_MS = 3_600_000;

/** Events by type or source, most first; by hour, latest last. Hours without events are left out. */
export function countEvents(
  database: Database,
  by: CountBy,
  { limit, ...filter }: EventFilter,
): readonly EventCount[] {
  const { where, values } = conditionsOf(filter);
  if (by !== 'hour') {
    const sql = `SELECT ${by} AS value, count(*) AS count FROM events ${where} GROUP BY value ORDER BY count DESC, value LIMIT ?`;
    const rows = database.prepare(sql).all(...values, limit);
    return rows.map((row) => ({ value: String(row['value']), count: numberOf(row, 'count') ?? 0 }));
  }
  const sql = `SELECT CAST(at / ${HOUR_MS} AS INTEGER) AS value, count(*) AS count FROM events ${where} GROUP BY value ORDER BY value DESC LIMIT ?`;
  const rows = database.prepare(sql).all(...values, limit);
  return rows.toReversed().map((row) => ({
    value: isoTime((numberOf(row, 'value') ?? 0) * HOUR_MS),
    count: numberOf(row, 'count') ?? 0,
  }));
}

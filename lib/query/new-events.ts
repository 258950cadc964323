import type { Database } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readIsoColumn, readNumberColumn, readTextColumn } from './row.ts';

/** What is shown of an event in a stream of them. */
export interface EventHead {
  /** Grows with each stored event. */
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly at: string | null;
  readonly source: string;
  readonly session: string | null;
  readonly correlation: string | null;
}

/** What was stored since a moment. */
export interface NewEvents {
  /** The number of the latest event; 0 when there is none. */
  readonly seq: number;
  /** Events since then, those that were deleted meanwhile included. */
  readonly count: number;
  /** The latest of them, oldest first. */
  readonly events: readonly EventHead[];
}

/**
 * The events that were stored after the one with number `after`, at most the latest `limit`. A store
 * that was replaced by a younger one has none, and a smaller `seq` than `after`.
 */
export async function readNewEvents(
  database: Database,
  after: number,
  limit: number,
): Promise<NewEvents> {
  const query = queryBuilder()
    .selectFrom('events')
    .select(['seq', 'id', 'type', 'at', 'source', 'session_id', 'correlation_id'])
    .where('seq', '>', after)
    .orderBy('seq', 'desc')
    .limit(limit);
  const rows = await runQuery(database, query);
  const seq =
    rows[0] === undefined ? await lastSeq(database) : (readNumberColumn(rows[0], 'seq') ?? 0);
  const events = rows.toReversed().map((row) => ({
    seq: readNumberColumn(row, 'seq') ?? 0,
    id: readTextColumn(row, 'id') ?? '',
    type: readTextColumn(row, 'type') ?? '',
    at: readIsoColumn(row, 'at'),
    source: readTextColumn(row, 'source') ?? '',
    session: readTextColumn(row, 'session_id'),
    correlation: readTextColumn(row, 'correlation_id'),
  }));
  return { seq, count: Math.max(0, seq - after), events };
}

/** The number of the latest event; 0 when there is none. */
export async function lastSeq(database: Database): Promise<number> {
  const query = queryBuilder()
    .selectFrom('events')
    .select((eb) => eb.fn.max('seq').as('seq'));
  return readNumberColumn((await runQuery(database, query))[0] ?? {}, 'seq') ?? 0;
}

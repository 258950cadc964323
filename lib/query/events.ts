import { parseJsonObject, type JsonObject } from '../core/json.ts';
import type { Database, SqlValue } from '../store/database.ts';

export interface EventFilter {
  readonly limit: number;
  /** Patterns with `*` and `?`. */
  readonly type?: string;
  readonly source?: string;
  readonly session?: string;
  readonly correlation?: string;
  readonly priority?: string;
  /** Milliseconds since the epoch; both included. */
  readonly since?: number;
  readonly until?: number;
}

/** The latest events that fit, as they were sent, newest last. Those that carry no correlation id or metadata show `null`. */
export function listEvents(database: Database, filter: EventFilter): readonly JsonObject[] {
  const { where, values } = conditionsOf(filter);
  const rows = database
    .prepare(`SELECT envelope FROM events ${where} ORDER BY at DESC, seq DESC LIMIT ?`)
    .all(...values, filter.limit);
  return rows.toReversed().map((row) => ({
    correlation_id: null,
    metadata: null,
    ...parseJsonObject(String(row['envelope'])),
  }));
}

/** What a filter means in SQL. */
export function conditionsOf(filter: Omit<EventFilter, 'limit'>): {
  readonly where: string;
  readonly values: readonly SqlValue[];
} {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const need = (condition: string, value: SqlValue | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  need('type GLOB ?', filter.type);
  need('source GLOB ?', filter.source);
  need('session_id = ?', filter.session);
  need('correlation_id = ?', filter.correlation);
  need("json_extract(envelope, '$.metadata.priority') = ?", filter.priority);
  need('at >= ?', filter.since);
  need('at <= ?', filter.until);
  return { where: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values };
}

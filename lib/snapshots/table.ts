import { type JsonObject, objectField, parseJsonObject, stringField } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import type { TableDefinition } from '../store/sink.ts';

/** One row per snapshot: what its commit says. */
export const SNAPSHOT_ROWS: TableDefinition = {
  table: 'snapshots',
  key: ['id'],
  once: [
    ...['session_id', 'prompt_id', 'tool_use_id', 'event_id', 'cause', 'at', 'work_tree'],
    ...['commit_id', 'previous', 'added', 'changed', 'removed', 'files', 'bytes'],
    ...['left_out', 'special', 'under_way', 'note'],
  ],
};

/** An event that asks for a snapshot. */
export interface Occasion {
  readonly id: string;
  readonly type: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly payload: JsonObject;
}

const LATEST = `SELECT envelope FROM events WHERE session_id = ?
  AND type IN (SELECT value FROM json_each(?)) ORDER BY at DESC, seq DESC LIMIT 1`;

/** The latest event of a session that has one of these types. */
export function readLatestOccasion(
  database: Database,
  session: string,
  types: readonly string[],
): Occasion | undefined {
  const row = database.prepare(LATEST).get(session, JSON.stringify(types));
  const envelope = parseJsonObject(stringField(row ?? {}, 'envelope') ?? '');
  const id = stringField(envelope ?? {}, 'event_id');
  const type = stringField(envelope ?? {}, 'event_type');
  const timestamp = stringField(envelope ?? {}, 'timestamp');
  if (id === undefined || type === undefined || timestamp === undefined) return undefined;
  return { id, type, timestamp, payload: objectField(envelope ?? {}, 'payload') };
}

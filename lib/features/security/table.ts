import { stringField } from '../../core/json.ts';
import type { Database, Row, SqlValue } from '../../store/database.ts';

/** Number of calls checked at once. */
export const AT_ONCE = 100;

const NEWS = `SELECT u.tool_use_id AS id, o.session_id, o.agent_id, o.tool, o.target, o.at, o.ended_at, o.error, o.hook_outcome, o.transcript_outcome,
    (SELECT outcome FROM operation_outcomes WHERE tool_use_id = u.tool_use_id) AS outcome,
    (SELECT note FROM call_notes WHERE tool_use_id = u.tool_use_id AND about = 'input') AS input,
    (SELECT note FROM call_notes WHERE tool_use_id = u.tool_use_id AND about = 'result') AS result
  FROM unjudged u LEFT JOIN operations o ON o.tool_use_id = u.tool_use_id WHERE u.session_id = ? ORDER BY u.tool_use_id > ? DESC, u.tool_use_id LIMIT ${AT_ONCE}`;

/**
 * Returns the calls of a session that changed since they were checked; those after `last` first.
 */
export function readUncheckedCalls(
  database: Database,
  session: string,
  last: string,
): readonly Row[] {
  return database.prepare(NEWS).all(session, last);
}

/** Keeps the mark if another worker has changed the call meanwhile. */
const JUDGED = `DELETE FROM unjudged WHERE tool_use_id = ?1 AND NOT EXISTS (SELECT 1 FROM operations WHERE tool_use_id = ?1
  AND NOT (target IS ?2 AND hook_outcome IS ?3 AND transcript_outcome IS ?4))`;

/** Marks a call as checked in its current state. */
export function markChecked(database: Database, call: Row): void {
  const of = (column: string): SqlValue => call[column] ?? null;
  database
    .prepare(JUDGED)
    .run(String(call['id']), of('target'), of('hook_outcome'), of('transcript_outcome'));
}

/** Returns the sessions with unchecked calls. */
export function readSessionsToCheck(database: Database): readonly string[] {
  const rows = database.prepare('SELECT DISTINCT session_id FROM unjudged').all();
  return rows.map((row) => String(row['session_id']));
}

/**
 * Marks the calls of an imported session as checked without checking them: alerts are about current
 * actions, not about those of months ago.
 */
export function skipChecks(database: Database, session: string): void {
  database.prepare('DELETE FROM unjudged WHERE session_id = ?').run(session);
}

/** Returns the project of a session; `null` while it is unknown. */
export function readProjectOfSession(database: Database, session: string): string | null {
  const row = database.prepare('SELECT project FROM sessions WHERE id = ?').get(session);
  return stringField(row ?? {}, 'project') ?? null;
}

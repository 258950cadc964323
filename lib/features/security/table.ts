import { stringField } from '../../core/json.ts';
import type { Database, Row, SqlValue } from '../../store/database.ts';

/** Calls that are looked at at one turn. */
export const AT_ONCE = 100;

const NEWS = `SELECT u.tool_use_id AS id, o.session_id, o.agent_id, o.tool, o.target, o.at, o.ended_at, o.error, o.hook_outcome, o.transcript_outcome,
    (SELECT outcome FROM operation_outcomes WHERE tool_use_id = u.tool_use_id) AS outcome,
    (SELECT note FROM call_notes WHERE tool_use_id = u.tool_use_id AND about = 'input') AS input,
    (SELECT note FROM call_notes WHERE tool_use_id = u.tool_use_id AND about = 'result') AS result
  FROM unjudged u LEFT JOIN operations o ON o.tool_use_id = u.tool_use_id WHERE u.session_id = ? ORDER BY u.tool_use_id > ? DESC, u.tool_use_id LIMIT ${AT_ONCE}`;

/** Calls of a session that changed since they were looked at, those behind `last` first. */
export function callsToJudge(database: Database, session: string, last: string): readonly Row[] {
  return database.prepare(NEWS).all(session, last);
}

/** Not if another worker has changed it meanwhile. */
const JUDGED = `DELETE FROM unjudged WHERE tool_use_id = ?1 AND NOT EXISTS (SELECT 1 FROM operations WHERE tool_use_id = ?1
  AND NOT (target IS ?2 AND hook_outcome IS ?3 AND transcript_outcome IS ?4))`;

/** Notes that a call was looked at, as it was then. */
export function markJudged(database: Database, call: Row): void {
  const of = (column: string): SqlValue => call[column] ?? null;
  database
    .prepare(JUDGED)
    .run(String(call['id']), of('target'), of('hook_outcome'), of('transcript_outcome'));
}

/** The sessions of which calls were not looked at yet. */
export function sessionsToJudge(database: Database): readonly string[] {
  const rows = database.prepare('SELECT DISTINCT session_id FROM unjudged').all();
  return rows.map((row) => String(row['session_id']));
}

/** Leaves the calls of a session that was imported as they are: alerts are about what happens, not about what happened months ago. */
export function leaveUnjudged(database: Database, session: string): void {
  database.prepare('DELETE FROM unjudged WHERE session_id = ?').run(session);
}

/** The project of a session, or `null` while it is not known. */
export function projectOf(database: Database, session: string): string | null {
  const row = database.prepare('SELECT project FROM sessions WHERE id = ?').get(session);
  return stringField(row ?? {}, 'project') ?? null;
}

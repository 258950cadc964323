import { endOf } from '../../store/sessions-table.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';

/** One of the latest sessions of a project, with the data that a starting session needs. */
export interface LatestSession {
  readonly session: string;
  readonly ended: boolean;
  readonly lastEventAt: number;
  /** The client process of the session. */
  readonly client: { readonly pid: number; readonly started?: string } | null;
}

/**
 * Several, because the asking session may be the latest itself. As many as are active at one time,
 * so that the list stays the same while they are.
 */
const MAX = 12;

const LATEST = `SELECT id, ended_at, last_started_at, last_event_at, client_pid, client_started FROM sessions
  WHERE project = ? ORDER BY last_event_at DESC, id DESC LIMIT ${MAX}`;

/** Returns the latest sessions of a project, latest first. */
export function readLatestSessions(database: Database, project: string): readonly LatestSession[] {
  return database
    .prepare(LATEST)
    .all(project)
    .map((row) => {
      const pid = numberField(row, 'client_pid');
      const started = stringField(row, 'client_started');
      return {
        session: stringField(row, 'id') ?? '',
        ended: endOf(row) !== undefined,
        lastEventAt: numberField(row, 'last_event_at') ?? 0,
        client: pid === undefined ? null : { pid, ...(started === undefined ? {} : { started }) },
      };
    });
}

/** Number of recent calls in which a failure or an edit counts. */
const MAX_CALLS = 200;
const CALLS = `SELECT tool, target, outcome, error, at, agent_id FROM operation_outcomes WHERE tool_use_id IN (
    SELECT tool_use_id FROM (SELECT tool_use_id FROM operations WHERE session_id = ?1 AND at IS NOT NULL ORDER BY at DESC LIMIT ${MAX_CALLS}) AS timed
    UNION ALL
    SELECT tool_use_id FROM (SELECT tool_use_id FROM operations WHERE session_id = ?1 AND at IS NULL ORDER BY ended_at DESC LIMIT ${MAX_CALLS}) AS ended
  ) ORDER BY at, tool_use_id`;

/** Background agents announce themselves by prompts that no person typed. */
const PROMPTS = `SELECT l.detail, json_extract(e.envelope, '$.payload.synthetic') AS synthetic FROM session_log l LEFT JOIN events e ON e.id = l.id
  WHERE l.session_id = ? AND l.kind = 'prompt_submitted' ORDER BY l.at DESC, l.id DESC LIMIT 12`;

/** A status set after the completion reopens a task. */
const TASKS = `SELECT t.subject, CASE
    WHEN s.status IS NOT NULL AND (t.completed_at IS NULL OR s.at > t.completed_at) THEN s.status
    WHEN t.completed_at IS NOT NULL THEN 'completed' ELSE 'pending' END AS status
  FROM tasks t LEFT JOIN task_states s ON s.session_id = t.session_id AND s.task_id = t.task_id
  WHERE t.session_id = ? AND t.subject IS NOT NULL ORDER BY t.created_at, t.task_id`;

const CHECKPOINT =
  'SELECT at, kind, operation_count, git_branch, note FROM checkpoints WHERE session_id = ? ORDER BY at DESC, id DESC LIMIT 1';

/** Returns the row of a session; `undefined` if the store does not know it. */
export function readSessionRow(database: Database, session: string): Row | undefined {
  return database.prepare('SELECT * FROM sessions WHERE id = ?').get(session);
}

/** Returns the last calls of a session, oldest first. */
export function readLastCalls(database: Database, session: string): readonly Row[] {
  return database.prepare(CALLS).all(session);
}

/** Returns the last prompts of a session, latest first. */
export function readLastPrompts(database: Database, session: string): readonly Row[] {
  return database.prepare(PROMPTS).all(session);
}

/** Returns the latest checkpoint of a session. */
export function readLastCheckpoint(database: Database, session: string): Row | undefined {
  return database.prepare(CHECKPOINT).get(session);
}

/** Returns the latest todo list of a session, as JSON. */
export function readTodoItems(database: Database, session: string): string | undefined {
  const row = database.prepare('SELECT items FROM todo_lists WHERE session_id = ?').get(session);
  return stringField(row ?? {}, 'items');
}

/** Returns the tasks of a session with their latest status, in order of creation. */
export function readTasks(database: Database, session: string): readonly Row[] {
  return database.prepare(TASKS).all(session);
}

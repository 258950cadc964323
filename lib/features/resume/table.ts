import { endOf } from '../../store/sessions-table.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';

/** One of the latest sessions of a project, as a starting session needs to know it. */
export interface LatestSession {
  readonly session: string;
  readonly ended: boolean;
  readonly lastEventAt: number;
  /** The process that has it, or had it. */
  readonly client: { readonly pid: number; readonly started?: string } | null;
}

/** More than one: the session that asks may be the latest itself. As many as work at one time, so that the list stays the same while they do. */
const MOST = 12;

const LATEST = `SELECT id, ended_at, last_started_at, last_event_at, client_pid, client_started FROM sessions
  WHERE project = ? ORDER BY last_event_at DESC, id DESC LIMIT ${MOST}`;

/** The latest sessions of a project, latest first. */
export function latestSessions(database: Database, project: string): readonly LatestSession[] {
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

/** How many calls back a failure or an edit still counts. */
const MOST_CALLS = 200;
const CALLS = `SELECT tool, target, outcome, error, at, agent_id FROM operation_outcomes WHERE tool_use_id IN (
    SELECT tool_use_id FROM (SELECT tool_use_id FROM operations WHERE session_id = ?1 AND at IS NOT NULL ORDER BY at DESC LIMIT ${MOST_CALLS})
    UNION ALL
    SELECT tool_use_id FROM (SELECT tool_use_id FROM operations WHERE session_id = ?1 AND at IS NULL ORDER BY ended_at DESC LIMIT ${MOST_CALLS})
  ) ORDER BY at, tool_use_id`;

/** Background agents announce themselves by prompts that no person typed. */
const PROMPTS = `SELECT l.detail, json_extract(e.envelope, '$.payload.synthetic') AS synthetic FROM session_log l LEFT JOIN events e ON e.id = l.id
  WHERE l.session_id = ? AND l.kind = 'prompt_submitted' ORDER BY l.at DESC, l.id DESC LIMIT 12`;

/** A status that was given after the completion opens a task again. */
const TASKS = `SELECT t.subject, CASE
    WHEN s.status IS NOT NULL AND (t.completed_at IS NULL OR s.at > t.completed_at) THEN s.status
    WHEN t.completed_at IS NOT NULL THEN 'completed' ELSE 'pending' END AS status
  FROM tasks t LEFT JOIN task_states s ON s.session_id = t.session_id AND s.task_id = t.task_id
  WHERE t.session_id = ? AND t.subject IS NOT NULL ORDER BY t.created_at, t.task_id`;

const CHECKPOINT =
  'SELECT at, kind, operation_count, git_branch, note FROM checkpoints WHERE session_id = ? ORDER BY at DESC, id DESC LIMIT 1';

/** What is known of a session; `undefined` for one that the store does not know. */
export function sessionRow(database: Database, session: string): Row | undefined {
  return database.prepare('SELECT * FROM sessions WHERE id = ?').get(session);
}

/** The last calls of a session, oldest first. */
export function lastCalls(database: Database, session: string): readonly Row[] {
  return database.prepare(CALLS).all(session);
}

/** The last prompts of a session, latest first. */
export function lastPromptRows(database: Database, session: string): readonly Row[] {
  return database.prepare(PROMPTS).all(session);
}

/** The latest checkpoint of a session. */
export function lastCheckpoint(database: Database, session: string): Row | undefined {
  return database.prepare(CHECKPOINT).get(session);
}

/** The latest list of todos of a session, as JSON. */
export function todoItems(database: Database, session: string): string | undefined {
  const row = database.prepare('SELECT items FROM todo_lists WHERE session_id = ?').get(session);
  return stringField(row ?? {}, 'items');
}

/** The tasks of a session with their latest status, in the order of their making. */
export function taskRows(database: Database, session: string): readonly Row[] {
  return database.prepare(TASKS).all(session);
}

import { isJsonObject, type JsonObject, numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import {
  type CommandDone,
  filesInFlight,
  lastCommands,
  type LessonOf,
  type OpenFailure,
  openFailures,
  type RecentCall,
} from './recent-work.ts';

/** Something that is still to be done. */
export interface OpenTodo {
  readonly text: string;
  /** `pending` or `in_progress`. */
  readonly status: string;
}

/** Where a session is, or was when it stopped. Field names are a contract: views and `waymark resume --json` show them. Times are milliseconds since the epoch. */
export interface WhereYouWere {
  readonly session: string;
  readonly project: string | null;
  readonly worktree: string | null;
  /** Whether it ended, and was not resumed since. */
  readonly ended: boolean;
  readonly lastEventAt: number;
  /** The heads of the last real prompts, latest first; a second one only where the latest is too short to name the task. */
  readonly prompts: readonly string[];
  readonly todos: { readonly open: readonly OpenTodo[]; readonly total: number };
  readonly failures: readonly OpenFailure[];
  readonly files: readonly string[];
  readonly commands: readonly CommandDone[];
  readonly branch: string | null;
  readonly lastCheckpoint: {
    readonly at: number;
    readonly kind: string;
    readonly operations: number;
    readonly note: string | null;
  } | null;
}

/** How many calls back a failure or an edit still counts. */
const MOST_CALLS = 200;
const MOST_COMMANDS = 5;

/** A prompt of fewer characters, such as "go on", hardly says what the task is. */
const SHORT_PROMPT = 40;

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

/** Derives it from the store as it is; `undefined` for a session that the store does not know. */
export function whereYouWere(
  database: Database,
  session: string,
  lessonOf: LessonOf,
): WhereYouWere | undefined {
  const row = database.prepare('SELECT * FROM sessions WHERE id = ?').get(session);
  if (row === undefined) return undefined;
  const calls = database.prepare(CALLS).all(session).map(callOf);
  const checkpoint = database
    .prepare(
      'SELECT at, kind, operation_count, git_branch, note FROM checkpoints WHERE session_id = ? ORDER BY at DESC, id DESC LIMIT 1',
    )
    .get(session);
  const endedAt = numberField(row, 'ended_at');
  const project = stringField(row, 'project');
  return {
    session,
    project: project ?? null,
    worktree: stringField(row, 'worktree') ?? null,
    ended: endedAt !== undefined && endedAt >= (numberField(row, 'last_started_at') ?? 0),
    lastEventAt: numberField(row, 'last_event_at') ?? 0,
    prompts: lastPrompts(database.prepare(PROMPTS).all(session)),
    todos: openTodos(database, session),
    failures: openFailures(calls, (failure) =>
      lessonOf({ ...failure, ...(project === undefined ? {} : { project }) }),
    ),
    files: filesInFlight(calls),
    commands: lastCommands(calls, MOST_COMMANDS),
    branch: checkpoint === undefined ? null : (stringField(checkpoint, 'git_branch') ?? null),
    lastCheckpoint: checkpoint === undefined ? null : checkpointOf(checkpoint),
  };
}

function callOf(row: Row): RecentCall {
  return {
    tool: stringField(row, 'tool') ?? '',
    target: stringField(row, 'target') ?? '',
    outcome: stringField(row, 'outcome') ?? 'running',
    error: stringField(row, 'error') ?? null,
    at: numberField(row, 'at') ?? 0,
    isAgents: stringField(row, 'agent_id') !== undefined,
  };
}

/** Commands of the client itself (`/compact`) name no task; those of the user (`/review the parser`) do. */
function lastPrompts(rows: readonly Row[]): readonly string[] {
  const real = rows.flatMap((row) => {
    const prompt = stringField(row, 'detail') ?? '';
    const isReal =
      row['synthetic'] !== 1 &&
      !/^(?:<task-notification>|\/(?:compact|clear|context|resume|exit|quit|cost|status|model|config)\b)/.test(
        prompt,
      );
    return isReal && prompt.trim() !== '' ? [prompt] : [];
  });
  const [latest, before] = real;
  if (latest === undefined) return [];
  return latest.length < SHORT_PROMPT && before !== undefined && before !== latest
    ? [latest, before]
    : [latest];
}

function openTodos(database: Database, session: string): WhereYouWere['todos'] {
  const list = objectsIn(
    stringField(
      database.prepare('SELECT items FROM todo_lists WHERE session_id = ?').get(session) ?? {},
      'items',
    ) ?? '[]',
  );
  const listed = list.map((item) => ({
    text: stringField(item, 'text') ?? '',
    status: stringField(item, 'status') ?? 'pending',
  }));
  const tasks = database
    .prepare(TASKS)
    .all(session)
    .map((row) => ({
      text: stringField(row, 'subject') ?? '',
      status: stringField(row, 'status') ?? 'pending',
    }));
  const all = [...listed, ...tasks].filter(
    ({ text, status }) => text !== '' && status !== 'deleted',
  );
  const open = all.filter(({ status }) => status !== 'completed');
  return {
    open: [
      ...open.filter(({ status }) => status === 'in_progress'),
      ...open.filter(({ status }) => status !== 'in_progress'),
    ],
    total: all.length,
  };
}

function objectsIn(text: string): readonly JsonObject[] {
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function checkpointOf(row: Row): NonNullable<WhereYouWere['lastCheckpoint']> {
  return {
    at: numberField(row, 'at') ?? 0,
    kind: stringField(row, 'kind') ?? 'manual',
    operations: numberField(row, 'operation_count') ?? 0,
    note: stringField(row, 'note') ?? null,
  };
}

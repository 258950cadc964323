import { endOf } from '../../store/sessions-table.ts';
import { isJsonObject, type JsonObject, numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import {
  type CommandDone,
  listFilesInFlight,
  listLastCommands,
  type LessonOf,
  type OpenFailure,
  listOpenFailures,
  type RecentCall,
} from './recent-work.ts';
import {
  readLastCalls,
  readLastCheckpoint,
  readLastPrompts,
  readSessionRow,
  readTasks,
  readTodoItems,
} from './table.ts';

/** An open todo. */
export interface OpenTodo {
  readonly text: string;
  /** `pending` or `in_progress`. */
  readonly status: string;
}

/**
 * The state of a session's work. Field names are a contract: views and `waymark resume --json` show
 * them. Times are milliseconds since the epoch.
 */
export interface ResumeState {
  readonly session: string;
  readonly project: string | null;
  readonly worktree: string | null;
  /** Whether it has ended and was not resumed since. */
  readonly ended: boolean;
  readonly lastEventAt: number;
  /**
   * Heads of the last real prompts, latest first. There is a second one only if the latest is too
   * short to name the task.
   */
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

const MAX_COMMANDS = 5;

/** A shorter prompt, such as "go on", does not name the task. */
const SHORT_PROMPT = 40;

/** Reads the state from the store; `undefined` if the store does not know the session. */
export function readResumeState(
  database: Database,
  session: string,
  lessonOf: LessonOf,
): ResumeState | undefined {
  const row = readSessionRow(database, session);
  if (row === undefined) return undefined;
  const calls = readLastCalls(database, session).map(callOf);
  const checkpoint = readLastCheckpoint(database, session);
  const project = stringField(row, 'project');
  return {
    session,
    project: project ?? null,
    worktree: stringField(row, 'worktree') ?? null,
    ended: endOf(row) !== undefined,
    lastEventAt: numberField(row, 'last_event_at') ?? 0,
    prompts: lastPrompts(readLastPrompts(database, session)),
    todos: openTodos(database, session),
    failures: listOpenFailures(calls, (failure) =>
      lessonOf({ ...failure, ...(project === undefined ? {} : { project }) }),
    ),
    files: listFilesInFlight(calls),
    commands: listLastCommands(calls, MAX_COMMANDS),
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

/**
 * Returns the last prompts. Commands of the client (`/compact`) do not name a task; those of the
 * user (`/review the parser`) do.
 */
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

function openTodos(database: Database, session: string): ResumeState['todos'] {
  const list = objectsIn(readTodoItems(database, session) ?? '[]');
  const listed = list.map((item) => ({
    text: stringField(item, 'text') ?? '',
    status: stringField(item, 'status') ?? 'pending',
  }));
  const tasks = readTasks(database, session).map((row) => ({
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

function checkpointOf(row: Row): NonNullable<ResumeState['lastCheckpoint']> {
  return {
    at: numberField(row, 'at') ?? 0,
    kind: stringField(row, 'kind') ?? 'manual',
    operations: numberField(row, 'operation_count') ?? 0,
    note: stringField(row, 'note') ?? null,
  };
}

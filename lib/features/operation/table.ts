import { DAY_MS } from '../../core/clock.ts';
import { OPERATION_TOOLS } from '../../claude/operation-tools.ts';
import type { Database } from '../../store/database.ts';
import {
  type Deletion,
  type Expiry,
  deleteOlderThan,
  deleteWithSession,
} from '../../store/keeper.ts';
import type { TableDefinition } from '../../store/sink.ts';

/**
 * Tool calls. Hook and transcript fill separate columns, and the rest of the row is derived on
 * reading. Agents and forks may have copies of calls: the session that was known first wins over a
 * later one, the main conversation over an agent. Of two results of one call, `failed` wins over
 * `ok`.
 */
export const OPERATIONS: TableDefinition = {
  table: 'operations',
  key: ['tool_use_id'],
  least: ['hook_tool', 'hook_target', 'hook_outcome', 'hook_error', 'transcript_at'],
  earliest: [
    ['hook_at', 'hook_session', 'hook_agent'],
    ['claimed_since', 'claimed_session', 'claimed_agent'],
    ['at', 'call_tool', 'call_target'],
    ['transcript_outcome', 'transcript_error'],
  ],
};

/** Findings of the call inspector. A newer version may find something else. */
export const CALL_NOTES: TableDefinition = {
  table: 'call_notes',
  key: ['tool_use_id', 'about'],
  replaced: ['session_id', 'note'],
};

/** Context size in tokens. The lines of one answer repeat it; the last line counts. */
export const CONTEXT_SAMPLES: TableDefinition = {
  table: 'context_samples',
  key: ['session_id', 'message_id'],
  latest: [['placed_at', 'tokens', 'at', 'model']],
};

/** Heads of prompts and answers, redacted. A copy of a line is the same. */
export const MESSAGES: TableDefinition = {
  table: 'messages',
  key: ['session_id', 'id'],
  once: ['role', 'at', 'agent_id', 'text', 'length'],
};

/**
 * Usage of each answer, once, however many copies of its lines exist. The session that was known
 * first owns it. The largest figures count, because a streamed answer is written several times.
 */
export const USAGE: TableDefinition = {
  table: 'usage',
  key: ['message_id', 'request_id'],
  least: ['at'],
  greatest: [
    ...['input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'web_searches'],
    ...['model', 'tier', 'speed', 'geo'],
  ],
  earliest: [['claimed_since', 'session_id', 'agent_id']],
};

/** Size of a result in the main conversation, in characters. */
export const RESULT_SIZES: TableDefinition = {
  table: 'result_sizes',
  key: ['tool_use_id'],
  latest: [['at', 'size', 'session_id']],
};

export const TODO_LISTS: TableDefinition = {
  table: 'todo_lists',
  key: ['session_id'],
  latest: [['at', 'items']],
};

export const TASK_STATES: TableDefinition = {
  table: 'task_states',
  key: ['session_id', 'task_id'],
  latest: [['at', 'status']],
};

/** Counts of the calls of a session, including its agents. */
export interface OperationCount {
  /** `ok` and `failed`, the calls that hooks count in `ops`. */
  readonly counted: number;
  readonly ok: number;
  readonly failed: number;
  /** Refused or stopped by Claude Code. */
  readonly rejected: number;
  /** Calls without a known result. */
  readonly running: number;
  /** Calls of tools that are not operations, with any outcome. */
  readonly other: number;
}

const TOOL_LIST = OPERATION_TOOLS.map((tool) => `'${tool}'`).join(', ');
const COUNT = `SELECT CASE WHEN tool IN (${TOOL_LIST}) THEN outcome ELSE 'other' END AS kind, count(*) AS n
  FROM operation_outcomes WHERE session_id = ? GROUP BY kind`;

/** Counts the calls of a session by outcome. */
export function countOperations(database: Database, sessionId: string): OperationCount {
  const found = new Map(
    database
      .prepare(COUNT)
      .all(sessionId)
      .map((row) => [row['kind'], Number(row['n'])]),
  );
  const of = (kind: string) => found.get(kind) ?? 0;
  return {
    counted: of('ok') + of('failed'),
    ok: of('ok'),
    failed: of('failed'),
    rejected: of('rejected'),
    running: of('running'),
    other: of('other'),
  };
}

/** Returns the tool of a call; `undefined` if the store does not know it. */
export function readToolOfCall(database: Database, toolUseId: string): string | undefined {
  const tool = database
    .prepare('SELECT tool FROM operations WHERE tool_use_id = ?')
    .get(toolUseId)?.['tool'];
  return typeof tool === 'string' ? tool : undefined;
}

/** Data of a session that is needed to read its transcripts. */
export interface ReadableSession {
  readonly client: string;
  readonly transcriptPath: string;
  /** Milliseconds since the epoch. */
  readonly firstEventAt: number;
}

/** Returns the session; `undefined` if it is unknown or has no transcript. */
export function findReadableSession(database: Database, id: string): ReadableSession | undefined {
  const row = database
    .prepare('SELECT client, transcript_path, first_event_at FROM sessions WHERE id = ?')
    .get(id);
  const [path, firstEventAt] = [row?.['transcript_path'], row?.['first_event_at']];
  if (typeof path !== 'string' || typeof firstEventAt !== 'number') return undefined;
  return { client: String(row?.['client']), transcriptPath: path, firstEventAt };
}

/**
 * A session is read again until this long after its last event, because a line may follow its hook
 * event.
 */
export const SETTLE_MS = 10_000;

const UNSETTLED = `SELECT id FROM sessions WHERE transcript_path IS NOT NULL
  AND (transcript_read_at IS NULL OR transcript_state = 'reading' OR transcript_read_at < last_event_at + ${SETTLE_MS})
  ORDER BY last_event_at DESC, id`;
const RECENT = `SELECT id FROM sessions WHERE transcript_path IS NOT NULL AND transcript_read_at IS NOT NULL AND last_event_at > ?
  ORDER BY last_event_at DESC, id`;

/**
 * Returns sessions that were not read to their end, or had an event shortly before they were read;
 * latest first.
 */
function unsettledSessions(database: Database): readonly string[] {
  return database
    .prepare(UNSETTLED)
    .all()
    .map((row) => String(row['id']));
}

/** Returns sessions with an event since then whose transcript was read before; latest first. */
function readSessionsSince(database: Database, since: number): readonly string[] {
  return database
    .prepare(RECENT)
    .all(since)
    .map((row) => String(row['id']));
}

/**
 * If operations are still missing this long after the last event, their lines will never come (a
 * killed client).
 */
export const GIVE_UP_MS = DAY_MS;

/**
 * Returns the sessions whose transcripts should be read further, latest first: those with events
 * since the last reading, those not read to the end, and for a day those for which the hooks
 * counted more operations than the store has.
 * @param opsOf How many operations the hooks counted for a session.
 */
export function listSessionsToRead(
  database: Database,
  opsOf: (sessionId: string) => number,
  now: number,
): readonly string[] {
  const unsettled = unsettledSessions(database);
  const known = new Set(unsettled);
  const short = readSessionsSince(database, now - GIVE_UP_MS).filter(
    (id) => !known.has(id) && opsOf(id) > countOperations(database, id).counted,
  );
  return [...unsettled, ...short];
}

const OF_CONTEXT = ['context_samples', 'result_sizes'];
const BY_SESSION = ['todo_lists', 'task_states', 'call_notes'];

export const OPERATION_TABLES: readonly string[] = [
  'operations',
  'cursors',
  'messages',
  ...OF_CONTEXT,
  ...BY_SESSION,
];

/**
 * Returns the deletions of old calls and messages, of data of deleted sessions, and of context
 * figures.
 */
export function operationsToDelete(expiry: Expiry): readonly Deletion[] {
  const at = 'coalesce(at, ended_at)';
  return [
    { table: 'operations', where: `${at} < ?`, values: [expiry.historyBefore], at },
    ...deleteOlderThan(expiry.historyBefore, ['messages']),
    ...deleteOlderThan(expiry.before, OF_CONTEXT),
    ...deleteWithSession(expiry, BY_SESSION),
    ...deleteWithSession(expiry, ['cursors']).map(({ where, ...deletion }) => ({
      ...deletion,
      where: `session_id IS NOT NULL AND ${where}`, // that of a log belongs to none
    })),
  ];
}

import { DAY_MS } from '../../core/clock.ts';
import { OPERATION_TOOLS } from '../../claude/operation-tools.ts';
import type { Database } from '../../store/database.ts';
import { type Deletion, type Expiry, olderThan, withoutSession } from '../../store/keeper.ts';
import type { TableDefinition } from '../../store/sink.ts';

/**
 * Tool calls: hook and transcript fill columns of their own, and the rest of the row is derived when it is read.
 * Agents and forks may hold copies of calls that are not theirs: the session that is known longer goes before the younger,
 * the main chain before an agent. Of two results of one call, `failed` goes before `ok`.
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

/** What a closer look at a call found; a newer version may find something else. */
export const CALL_NOTES: TableDefinition = {
  table: 'call_notes',
  key: ['tool_use_id', 'about'],
  replaced: ['session_id', 'note'],
};

/** How full the context was, in tokens. The lines of one answer repeat it: the line that stands last counts. */
export const CONTEXT_SAMPLES: TableDefinition = {
  table: 'context_samples',
  key: ['session_id', 'message_id'],
  latest: [['placed_at', 'tokens', 'at', 'model']],
};

/** What a person typed and what the model answered: heads, redacted. A copy of a line tells the same. */
export const MESSAGES: TableDefinition = {
  table: 'messages',
  key: ['session_id', 'id'],
  once: ['role', 'at', 'agent_id', 'text', 'length'],
};

/**
 * What each answer cost, once, whatever copies of its lines there are: the session that is known longest has it, and the largest figures
 * count, since a streamed answer is written several times.
 */
export const USAGE: TableDefinition = {
  table: 'usage',
  key: ['message_id', 'request_id'],
  least: ['at'],
  greatest: [
    ...['input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'web_searches'],
    ...['model', 'tier'],
  ],
  earliest: [['claimed_since', 'session_id', 'agent_id']],
};

/** How large a result is that the main chain was given, in characters. */
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

/** The calls of a session, its agents included. */
export interface OperationCount {
  /** `ok` and `failed`: what the hooks count in `ops`. */
  readonly counted: number;
  readonly ok: number;
  readonly failed: number;
  /** Refused or stopped by Claude Code. */
  readonly rejected: number;
  /** No result is known. */
  readonly running: number;
  /** Calls of tools that are no operations, whatever became of them. */
  readonly other: number;
}

const TOOL_LIST = OPERATION_TOOLS.map((tool) => `'${tool}'`).join(', ');
const COUNT = `SELECT CASE WHEN tool IN (${TOOL_LIST}) THEN outcome ELSE 'other' END AS kind, count(*) AS n
  FROM operation_outcomes WHERE session_id = ? GROUP BY kind`;

/** Counts the calls of a session by what became of them. */
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

/** The tool of a call, or `undefined` if the store does not know it. */
export function toolOfCall(database: Database, toolUseId: string): string | undefined {
  const tool = database
    .prepare('SELECT tool FROM operations WHERE tool_use_id = ?')
    .get(toolUseId)?.['tool'];
  return typeof tool === 'string' ? tool : undefined;
}

/** What a reading of transcripts needs to know of a session. */
export interface ReadableSession {
  readonly client: string;
  readonly transcriptPath: string;
  /** Milliseconds since the epoch. */
  readonly firstEventAt: number;
}

/** The session, or `undefined` if it is unknown or has no transcript. */
export function readableSession(database: Database, id: string): ReadableSession | undefined {
  const row = database
    .prepare('SELECT client, transcript_path, first_event_at FROM sessions WHERE id = ?')
    .get(id);
  const [path, firstEventAt] = [row?.['transcript_path'], row?.['first_event_at']];
  if (typeof path !== 'string' || typeof firstEventAt !== 'number') return undefined;
  return { client: String(row?.['client']), transcriptPath: path, firstEventAt };
}

/** Until this long after the last event a session is read again: a line may follow the hook event that it belongs to. */
export const SETTLE_MS = 10_000;

const UNSETTLED = `SELECT id FROM sessions WHERE transcript_path IS NOT NULL
  AND (transcript_read_at IS NULL OR transcript_state = 'reading' OR transcript_read_at < last_event_at + ${SETTLE_MS})
  ORDER BY last_event_at DESC, id`;
const RECENT = `SELECT id FROM sessions WHERE transcript_path IS NOT NULL AND transcript_read_at IS NOT NULL AND last_event_at > ?
  ORDER BY last_event_at DESC, id`;

/** Sessions that were not read to their end, or had an event shortly before they were read; latest first. */
function unsettledSessions(database: Database): readonly string[] {
  return database
    .prepare(UNSETTLED)
    .all()
    .map((row) => String(row['id']));
}

/** Sessions with an event since then whose transcript was read before; latest first. */
function readSessionsSince(database: Database, since: number): readonly string[] {
  return database
    .prepare(RECENT)
    .all(since)
    .map((row) => String(row['id']));
}

/** When operations are still missing this long after the last event, their lines will never come (a killed client). */
export const GIVE_UP_MS = DAY_MS;

/**
 * The sessions whose transcripts should be read on, latest first: those with events since the last reading, those not read to the end,
 * and for a day those for which the hooks counted more operations than the store has.
 * @param opsOf How many operations the hooks counted for a session.
 */
export function sessionsToRead(
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

const BY_AGE = ['context_samples', 'result_sizes', 'messages'];
const BY_SESSION = ['todo_lists', 'task_states', 'call_notes'];

export const OPERATION_TABLES: readonly string[] = [
  'operations',
  'cursors',
  ...BY_AGE,
  ...BY_SESSION,
];

/** Calls and sizes that are too old, and what belongs to sessions that go. */
export function operationsToDelete(expiry: Expiry): readonly Deletion[] {
  const at = 'coalesce(at, ended_at)';
  return [
    { table: 'operations', where: `${at} < ?`, values: [expiry.before], at },
    ...olderThan(expiry, BY_AGE),
    ...withoutSession(expiry, BY_SESSION),
    ...withoutSession(expiry, ['cursors']).map(({ where, ...deletion }) => ({
      ...deletion,
      where: `session_id IS NOT NULL AND ${where}`, // that of a log belongs to none
    })),
  ];
}

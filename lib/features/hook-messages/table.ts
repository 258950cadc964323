import { numberField, parseJsonObject, type JsonObject, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import type { TableDefinition } from '../../store/sink.ts';

/**
 * Messages from hooks to Claude, and their outcomes. The outcome is derived; the latest derivation
 * counts.
 */
export const HOOK_MESSAGES: TableDefinition = {
  table: 'told',
  key: ['id'],
  once: ['session_id', 'agent_id', 'kind', 'about', 'tool_use_id', 'detail', 'at'],
  latest: [['decided_at', 'outcome']],
};

/**
 * `failure`: a warning about a known failure; `context`: the context fills up; `resume`: where the
 * session stopped; `restore`: files were restored.
 */
export type HookMessageKind = 'failure' | 'context' | 'resume' | 'restore';

/** A message to Claude whose outcome may change. */
export interface OpenHookMessage {
  readonly id: string;
  readonly kind: string;
  readonly about: string;
  readonly toolUseId: string | undefined;
  readonly agentId: string | undefined;
  readonly detail: JsonObject;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** As it was decided so far. */
  readonly outcome: string | undefined;
}

/** A call, with the fields needed to decide an outcome. */
export interface FollowingCall {
  readonly toolUseId: string;
  readonly agentId: string | undefined;
  readonly tool: string;
  readonly target: string;
  /** `ok`, `failed`, `rejected` or `running`. */
  readonly outcome: string;
}

const OPEN = `SELECT id, kind, about, tool_use_id, agent_id, detail, at, outcome FROM told
  WHERE session_id = ? AND (outcome IS NULL OR outcome = 'unknown'
    OR (kind = 'failure' AND outcome = 'failed_again')) ORDER BY at, id`;

/**
 * Messages of a session without a final outcome. That a call failed again is not final: the
 * transcript, which has what worked, may be read after the end of the session.
 */
export function readOpenHookMessages(
  database: Database,
  session: string,
): readonly OpenHookMessage[] {
  return database
    .prepare(OPEN)
    .all(session)
    .map((row) => ({
      id: stringField(row, 'id') ?? '',
      kind: stringField(row, 'kind') ?? '',
      about: stringField(row, 'about') ?? '',
      toolUseId: stringField(row, 'tool_use_id'),
      agentId: stringField(row, 'agent_id'),
      detail: parseJsonObject(stringField(row, 'detail') ?? '') ?? {},
      at: numberField(row, 'at') ?? 0,
      outcome: stringField(row, 'outcome'),
    }));
}

const CALLS = 'SELECT tool_use_id, agent_id, tool, target, outcome FROM operation_outcomes';
const SINCE = `${CALLS} WHERE session_id = ?1 AND at >= ?2 ORDER BY at, tool_use_id LIMIT ?3`;
const BEFORE = `${CALLS} WHERE session_id = ?1 AND at < ?2 ORDER BY at DESC, tool_use_id LIMIT ?3`;
const ONE = `${CALLS} WHERE tool_use_id = ?`;

/** Returns the calls of a session from then on, in order. */
export function readCallsSince(
  database: Database,
  session: string,
  at: number,
  most: number,
): readonly FollowingCall[] {
  return database.prepare(SINCE).all(session, at, most).map(callOf);
}

/** Returns the last calls of a session before that, latest first. */
export function readCallsBefore(
  database: Database,
  session: string,
  at: number,
  most: number,
): readonly FollowingCall[] {
  return database.prepare(BEFORE).all(session, at, most).map(callOf);
}

export function readCall(database: Database, id: string): FollowingCall | undefined {
  const row = database.prepare(ONE).get(id);
  return row === undefined ? undefined : callOf(row);
}

function callOf(row: Row): FollowingCall {
  return {
    toolUseId: stringField(row, 'tool_use_id') ?? '',
    agentId: stringField(row, 'agent_id'),
    tool: stringField(row, 'tool') ?? '',
    target: stringField(row, 'target') ?? '',
    outcome: stringField(row, 'outcome') ?? 'running',
  };
}

const OVER = 'SELECT 1 FROM sessions WHERE id = ? AND ended_at >= coalesce(last_started_at, 0)';

/** Whether the session has ended. */
export function hasSessionEnded(database: Database, session: string): boolean {
  return database.prepare(OVER).get(session) !== undefined;
}

const COMPACTIONS = `SELECT count(*) AS n FROM context_samples
  WHERE session_id = ? AND message_id BETWEEN 'compaction ' AND 'compaction~'`;
const HIGHER =
  'SELECT 1 FROM context_crossings WHERE session_id = ? AND epoch = ? AND threshold > ?';

/** Returns the number of compactions of a session so far. */
export function countCompactions(database: Database, session: string): number {
  return numberField(database.prepare(COMPACTIONS).get(session) ?? {}, 'n') ?? 0;
}

/** Whether the context passed a higher threshold before it was compacted. */
export function hasFilledFurther(
  database: Database,
  session: string,
  epoch: number,
  threshold: number,
): boolean {
  return database.prepare(HIGHER).get(session, epoch, threshold) !== undefined;
}

import { numberField } from '../core/json.ts';
import type { Database, Row } from '../store/database.ts';
import { applyWrites, type TableDefinition } from '../store/sink.ts';
import { inTransaction } from '../store/transaction.ts';

/** Metrics of workers, one row per metric and sample. */
export const METRICS: TableDefinition = {
  table: 'metrics',
  key: ['at', 'worker', 'name'],
  once: ['value'],
};

/** Records what a clean-up deleted, so that `status` can show it. Expires like metrics. */
export function noteCleaned(
  database: Database,
  cleaned: ReadonlyArray<{ readonly kind: string; readonly count: number }>,
  at: number,
): void {
  if (cleaned.length === 0) return;
  inTransaction(database, () =>
    applyWrites(
      database,
      cleaned.map(({ kind, count }) => ({
        into: METRICS,
        row: { at, worker: 'clean-up', name: `cleaned/${kind}`, value: count },
      })),
    ),
  );
}

const AGENTS = `SELECT session_id, agent_id, max(started_at, coalesce((
    SELECT max(coalesce(ended_at, at)) FROM operations AS o WHERE o.session_id = a.session_id AND o.agent_id = a.agent_id), 0)) AS seen_at
  FROM agents AS a WHERE started_at > ? AND stopped_at IS NULL LIMIT 1000`;

/** Returns agents that started since then and did not end, with the time of their last activity. */
export function openAgents(database: Database, since: number): readonly Row[] {
  return database.prepare(AGENTS).all(since);
}

const FAILURES =
  'SELECT at FROM failures WHERE session_id = ? AND at <= ? ORDER BY at DESC LIMIT ?';
const RUN =
  'SELECT tool_use_id, agent_type, outcome, tokens, duration_ms FROM agent_runs WHERE session_id = ? AND agent_id = ? ORDER BY at DESC LIMIT 1';

/** Returns the times of a session's latest failures up to a time, latest first. */
export function failureTimes(
  database: Database,
  session: string,
  until: number,
  limit: number,
): readonly number[] {
  const rows = database.prepare(FAILURES).all(session, until, limit);
  return rows.map((row) => numberField(row, 'at') ?? 0);
}

/** Returns the latest run of an agent. */
export function agentRun(database: Database, session: string, agent: string): Row | undefined {
  return database.prepare(RUN).get(session, agent);
}

/** Counts the rows of a table. */
export function countRows(database: Database, table: 'events' | 'sessions'): number {
  return numberField(database.prepare(`SELECT count(*) AS n FROM ${table}`).get() ?? {}, 'n') ?? 0;
}

const LAST_TYPED = `SELECT max(l.at) AS at FROM session_log l
  JOIN prompts p ON p.session_id = l.session_id AND p.id = l.id WHERE l.session_id = ?`;

/** When a person last typed a prompt in a session. */
export function lastTypedAt(database: Database, session: string): number | undefined {
  return numberField(database.prepare(LAST_TYPED).get(session) ?? {}, 'at');
}

const LAST_NOTICE = `SELECT max(d.ended_at) AS at FROM events e JOIN deliveries d ON d.event_id = e.id
  WHERE e.session_id = ?1 AND e.at >= ?2 AND d.subscription = 'builtin/notify' AND d.output = ?3`;

/** When a delivery of `builtin/notify` last ended with this output, for an event since then. */
export function lastNoticeAt(
  database: Database,
  session: string,
  since: number,
  output: string,
): number | undefined {
  return numberField(database.prepare(LAST_NOTICE).get(session, since, output) ?? {}, 'at');
}

const LAST_ALERT = `SELECT at, envelope FROM events
  WHERE type = 'system.health_alert' AND json_extract(envelope, '$.payload.reason') = 'dead-letters' ORDER BY at DESC LIMIT 1`;

/** Returns the last alert about dead letters. */
export function lastDeadLetterAlert(database: Database): Row | undefined {
  return database.prepare(LAST_ALERT).get();
}

/** Whether the event with this id is committed. */
export function isStored(database: Database, id: string): boolean {
  return database.prepare('SELECT 1 FROM events WHERE id = ?').get(id) !== undefined;
}

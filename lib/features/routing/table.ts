import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row, SqlValue } from '../../store/database.ts';
import type { TableDefinition } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';
import type { RatedRun } from './advice.ts';

/** Which agent a task was given to. */
export const ROUTINGS: TableDefinition = {
  table: 'routings',
  key: ['id'],
  once: ['session_id', 'tool_use_id', 'agent_type', 'model', 'description', 'at'],
};

/** What was advised last for each kind of task. */
export const ROUTING_ADVICE: TableDefinition = {
  table: 'routing_advice',
  key: ['kind'],
  latest: [['at', 'agent_type', 'model']],
};

/** Two events may disagree on the subject, or one may say nothing: the greater text wins in any order. */
export const TASKS: TableDefinition = {
  table: 'tasks',
  key: ['session_id', 'task_id'],
  least: ['created_at'],
  greatest: ['subject', 'completed_at'],
};

const CALLS = `SELECT tool_use_id FROM routings WHERE session_id = ?1 AND tool_use_id IS NOT NULL
  UNION SELECT tool_use_id FROM agents WHERE session_id = ?1 AND tool_use_id IS NOT NULL ORDER BY 1`;
const ROUTING =
  'SELECT * FROM routings WHERE session_id = ? AND tool_use_id = ? ORDER BY at, id LIMIT 1';
const AGENT =
  'SELECT * FROM agents WHERE session_id = ? AND tool_use_id = ? ORDER BY agent_id LIMIT 1';
const OPERATION = 'SELECT * FROM operation_outcomes WHERE tool_use_id = ?';

/** What is known of one call of an agent; empty rows where nothing is. */
export interface AgentCall {
  readonly id: string;
  readonly decision: Row;
  readonly agent: Row;
  readonly call: Row;
}

/** The agent calls of a session, with all that the store has of each. */
export function agentCalls(database: Database, session: string): readonly AgentCall[] {
  return database
    .prepare(CALLS)
    .all(session)
    .map((row) => {
      const id = String(row['tool_use_id']);
      return {
        id,
        decision: database.prepare(ROUTING).get(session, id) ?? {},
        agent: database.prepare(AGENT).get(session, id) ?? {},
        call: database.prepare(OPERATION).get(id) ?? {},
      };
    });
}

const COLUMNS =
  'tool_use_id, session_id, agent_id, agent_type, model, kind, at, ended_at, outcome, tokens, duration_ms, tool_uses';
const INSERT = `INSERT OR REPLACE INTO agent_runs (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const KNOWN = `SELECT ${COLUMNS} FROM agent_runs WHERE session_id = ? ORDER BY tool_use_id`;

type Rows = ReadonlyArray<readonly SqlValue[]>;

/** The runs of a session as they were made last, in the order of the columns. */
export function storedRuns(database: Database, session: string): Rows {
  return database
    .prepare(KNOWN)
    .all(session)
    .map((row) => Object.values(row));
}

/** Puts these runs of a session in the place of those that were made last. */
export function replaceRuns(database: Database, session: string, rows: Rows): void {
  inTransaction(database, () => {
    database.prepare('DELETE FROM agent_runs WHERE session_id = ?').run(session);
    const insert = database.prepare(INSERT);
    for (const row of rows) insert.run(...row);
  });
}

/** What was advised last for each kind of task. */
export function adviceRows(database: Database): readonly Row[] {
  return database.prepare('SELECT * FROM routing_advice').all();
}

const RATED = `SELECT * FROM agent_runs WHERE at >= ? AND outcome IN ('ok', 'failed') ORDER BY at, tool_use_id`;

/** Runs since a moment that came to an end; what was rejected or stopped says nothing about an agent. */
export function ratedRuns(database: Database, since: number): readonly RatedRun[] {
  return database
    .prepare(RATED)
    .all(since)
    .map((row) => ({
      kind: stringField(row, 'kind') ?? 'other',
      agentType: stringField(row, 'agent_type') ?? '',
      model: stringField(row, 'model') ?? '',
      at: numberField(row, 'at') ?? 0,
      isOk: row['outcome'] === 'ok',
      tokens: numberField(row, 'tokens') ?? null,
      durationMs: numberField(row, 'duration_ms') ?? null,
    }));
}

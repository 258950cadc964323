import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row, SqlValue } from '../../store/database.ts';
import type { TableDefinition } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';
import type { RatedRun } from './advice.ts';

/** Agents that tasks were given to. */
export const ROUTINGS: TableDefinition = {
  table: 'routings',
  key: ['id'],
  once: ['session_id', 'tool_use_id', 'agent_type', 'model', 'description', 'at'],
};

/** How runs of agents are known; a session's are replaced together, see {@link replaceRuns}. */
export const AGENT_RUNS: TableDefinition = { table: 'agent_runs', key: ['tool_use_id'] };

/** The latest advice for each kind of task. */
export const ROUTING_ADVICE: TableDefinition = {
  table: 'routing_advice',
  key: ['kind'],
  latest: [['at', 'agent_type', 'model']],
};

/** If two events have different subjects, or one has none, the greater text wins in any order. */
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

/** Data of one agent call; empty rows where there is none. */
export interface AgentCall {
  readonly id: string;
  readonly decision: Row;
  readonly agent: Row;
  readonly call: Row;
}

/** Returns the agent calls of a session, with all data that the store has about each. */
export function readAgentCalls(database: Database, session: string): readonly AgentCall[] {
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

/** Returns the stored runs of a session, in the order of the columns. */
export function readStoredRuns(database: Database, session: string): Rows {
  return database
    .prepare(KNOWN)
    .all(session)
    .map((row) => Object.values(row));
}

/** Replaces the stored runs of a session. */
export function replaceRuns(database: Database, session: string, rows: Rows): void {
  inTransaction(database, () => {
    database.prepare('DELETE FROM agent_runs WHERE session_id = ?').run(session);
    const insert = database.prepare(INSERT);
    for (const row of rows) insert.run(...row);
  });
}

/** The latest advice for each kind of task. */
export function readAdvice(database: Database): readonly Row[] {
  return database.prepare('SELECT * FROM routing_advice').all();
}

const RATED = `SELECT kind, agent_type, model, at, outcome, tokens, duration_ms
  FROM agent_runs WHERE at >= ? AND outcome IN ('ok', 'failed') ORDER BY at, tool_use_id`;

/**
 * Returns finished runs since a time. Rejected and stopped runs say nothing about an agent and are
 * left out.
 */
export function readRatedRuns(database: Database, since: number): readonly RatedRun[] {
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

import type { TranscriptOutcome } from '../../claude/transcript/result-outcome.ts';
import type { Database, Row, SqlValue } from '../../store/database.ts';
import { insertMany, type InsertShape } from '../../store/insert-many.ts';

/** What a Post hook tells of a call: it ran, and this is how it ended. */
export type HookOutcome = 'ok' | 'failed';

/** One tool call as the store keeps it. Times are milliseconds since the epoch; `null` is not known yet, and no agent for the main chain. */
export interface OperationRow {
  readonly toolUseId: string;
  readonly sessionId: string;
  readonly agentId: string | null;
  readonly tool: string | null;
  readonly target: string | null;
  readonly at: number | null;
  readonly endedAt: number | null;
  readonly hookOutcome: HookOutcome | null;
  readonly transcriptOutcome: TranscriptOutcome | null;
  readonly error: string | null;
}

const SELECT = 'SELECT * FROM operations WHERE tool_use_id = ?';
const REPLACE = `INSERT OR REPLACE INTO operations
  (tool_use_id, session_id, agent_id, tool, target, at, ended_at, hook_outcome, transcript_outcome, error)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Makes the row of a call with `merge` from the row so far, and tells whether anything changed. Call it inside a transaction. */
export function mergeOperation(
  database: Database,
  toolUseId: string,
  merge: (known: OperationRow | undefined) => OperationRow,
): boolean {
  const stored = database.prepare(SELECT).get(toolUseId);
  const known = stored === undefined ? undefined : operationOf(stored);
  const merged = merge(known);
  if (known !== undefined && isSame(known, merged)) return false;
  database.prepare(REPLACE).run(...valuesOf(merged));
  return true;
}

const OPERATIONS: InsertShape = {
  table: 'operations',
  columns: [
    'tool_use_id',
    'session_id',
    'agent_id',
    'tool',
    'target',
    'at',
    'ended_at',
    'hook_outcome',
    'transcript_outcome',
    'error',
  ],
};

/** Inserts the rows of calls that the store does not know yet. @returns the ids of those. */
export function insertOperations(
  database: Database,
  rows: readonly OperationRow[],
): ReadonlySet<string> {
  return insertMany(database, OPERATIONS, rows.map(valuesOf));
}

function isSame(one: OperationRow, other: OperationRow): boolean {
  const values = valuesOf(other);
  return valuesOf(one).every((value, index) => value === values[index]);
}

function valuesOf(row: OperationRow): readonly SqlValue[] {
  return [
    row.toolUseId,
    row.sessionId,
    row.agentId,
    row.tool,
    row.target,
    row.at,
    row.endedAt,
    row.hookOutcome,
    row.transcriptOutcome,
    row.error,
  ];
}

function operationOf(row: Row): OperationRow {
  return {
    toolUseId: textOf(row['tool_use_id']) ?? '',
    sessionId: textOf(row['session_id']) ?? '',
    agentId: textOf(row['agent_id']),
    tool: textOf(row['tool']),
    target: textOf(row['target']),
    at: numberOf(row['at']),
    endedAt: numberOf(row['ended_at']),
    hookOutcome: oneOf(['ok', 'failed'], row['hook_outcome']),
    transcriptOutcome: oneOf(['ok', 'failed', 'rejected', 'unclear'], row['transcript_outcome']),
    error: textOf(row['error']),
  };
}

function textOf(value: SqlValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: SqlValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function oneOf<const T extends string>(known: readonly T[], value: SqlValue | undefined): T | null {
  return known.find((word) => word === value) ?? null;
}

import { OPERATION_TOOLS } from '../../claude/operation-tools.ts';
import type { Database } from '../../store/database.ts';

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

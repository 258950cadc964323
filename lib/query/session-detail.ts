import { isoTime } from '../core/clock.ts';
import type { ModelWindows } from '../claude/model-windows.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database, Row } from '../store/database.ts';
import { countOperations, type OperationCount } from '../features/operation/count.ts';
import { readCheckpoints, type CheckpointDetail } from './checkpoints.ts';
import { isoOf, numberOf, textOf } from './row.ts';
import { readSession, type SessionSummary } from './sessions.ts';

/** One tool call. Field names are a contract. */
export interface OperationDetail {
  readonly at: string | null;
  readonly tool: string | null;
  readonly target: string | null;
  /** `ok`, `failed`, `rejected` (refused before it ran) or `running`. */
  readonly outcome: string;
  /** `null` for the main chain. */
  readonly agentId: string | null;
  readonly error: string | null;
  readonly toolUseId: string;
}

export interface FailureDetail {
  readonly at: string | null;
  /** `turn` for a turn that the API ended. */
  readonly tool: string | null;
  readonly target: string | null;
  readonly error: string | null;
  readonly agentId: string | null;
}

/** `show SESSION --json`. Field names are a contract. */
export interface SessionDetail {
  readonly session: SessionSummary;
  readonly checkpoints: readonly CheckpointDetail[];
  readonly operations: readonly OperationDetail[];
  readonly failures: readonly FailureDetail[];
  readonly log: ReadonlyArray<{
    readonly at: string | null;
    readonly kind: string | null;
    readonly detail: string | null;
  }>;
  readonly agents: ReadonlyArray<{
    readonly id: string | null;
    readonly type: string | null;
    readonly startedAt: string | null;
    readonly stoppedAt: string | null;
  }>;
  /** Calls by what became of them. */
  readonly counts: OperationCount;
}

const OPERATIONS = 'SELECT * FROM operation_outcomes WHERE session_id = ? ORDER BY at, tool_use_id';

/** Everything about one session, oldest first; `undefined` for an unknown id. */
export async function readSessionDetail(
  database: Database,
  folder: StateFolder,
  id: string,
  windows: ModelWindows = [],
): Promise<SessionDetail | undefined> {
  const session = await readSession(database, folder, id, windows);
  if (session === undefined) return undefined;
  const rows = (sql: string): readonly Row[] => database.prepare(sql).all(id);
  return {
    session,
    checkpoints: readCheckpoints(database, id, windows),
    operations: rows(OPERATIONS).map(operationOf),
    failures: rows('SELECT * FROM failures WHERE session_id = ? ORDER BY at, id').map(failureOf),
    log: rows('SELECT at, kind, detail FROM session_log WHERE session_id = ? ORDER BY at, id').map(
      (row) => ({
        at: isoOf(row, 'at'),
        kind: textOf(row, 'kind'),
        detail: textOf(row, 'detail'),
      }),
    ),
    agents: rows('SELECT * FROM agents WHERE session_id = ? ORDER BY started_at, agent_id').map(
      (row) => ({
        id: textOf(row, 'agent_id'),
        type: textOf(row, 'type'),
        startedAt: isoOf(row, 'started_at'),
        stoppedAt: isoOf(row, 'stopped_at'),
      }),
    ),
    counts: countOperations(database, id),
  };
}

function operationOf(row: Row): OperationDetail {
  const at = numberOf(row, 'at');
  return {
    at: at === null ? null : isoTime(at),
    tool: textOf(row, 'tool'),
    target: textOf(row, 'target'),
    outcome: textOf(row, 'outcome') ?? 'running',
    agentId: textOf(row, 'agent_id'),
    error: textOf(row, 'error'),
    toolUseId: textOf(row, 'tool_use_id') ?? '',
  };
}

function failureOf(row: Row): FailureDetail {
  return {
    at: isoOf(row, 'at'),
    tool: textOf(row, 'tool'),
    target: textOf(row, 'target'),
    error: textOf(row, 'error'),
    agentId: textOf(row, 'agent_id'),
  };
}

import type { ModelWindows } from '../claude/model-windows.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database, Row } from '../store/database.ts';
import { countOperations, type OperationCount } from '../features/operation/table.ts';
import { queryBuilder, rowsOf } from './builder.ts';
import { readCheckpoints, type CheckpointDetail } from './checkpoints.ts';
import { type TranscriptLoss, transcriptLoss } from './archived-sessions.ts';
import { sessionPlace } from './find-session.ts';
import { isoOf, textOf } from './row.ts';
import { readSession, type SessionSummary } from './sessions.ts';
import { readTold, type ToldDetail } from './told.ts';

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
  /** What hooks told Claude, and what followed. */
  readonly told: readonly ToldDetail[];
  /** Calls by what became of them. */
  readonly counts: OperationCount;
  /** What Claude Code lacks of the transcript and the archive has. */
  readonly transcriptLoss: TranscriptLoss | null;
}

/** Everything about one session, oldest first; `undefined` for an unknown id. */
export async function readSessionDetail(
  database: Database,
  folder: StateFolder,
  id: string,
  windows: ModelWindows = [],
): Promise<SessionDetail | undefined> {
  const session = await readSession(database, folder, id, windows);
  if (session === undefined) return undefined;
  const [operations, failures, log, agents] = [
    await rowsOf(database, operationRows(id)),
    await rowsOf(database, failureRows(id)),
    await rowsOf(database, logRows(id)),
    await rowsOf(database, agentRows(id)),
  ];
  const path = (await sessionPlace(database, id))?.transcriptPath ?? undefined;
  return {
    session,
    transcriptLoss: transcriptLoss(folder, id, path) ?? null,
    checkpoints: await readCheckpoints(database, id, { operations, windows }),
    operations: operations.map(operationOf),
    failures: failures.map(failureOf),
    log: log.map((row) => ({
      at: isoOf(row, 'at'),
      kind: textOf(row, 'kind'),
      detail: textOf(row, 'detail'),
    })),
    agents: agents.map((row) => ({
      id: textOf(row, 'agent_id'),
      type: textOf(row, 'type'),
      startedAt: isoOf(row, 'started_at'),
      stoppedAt: isoOf(row, 'stopped_at'),
    })),
    told: await readTold(database, id),
    counts: countOperations(database, id),
  };
}

/** The calls of a session, oldest first. */
export function operationRows(session: string) {
  return queryBuilder()
    .selectFrom('operation_outcomes')
    .select(['tool_use_id', 'agent_id', 'tool', 'target', 'outcome', 'error', 'at'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('tool_use_id');
}

/** The agents of a session, in the order in which they started. */
export function agentRows(session: string) {
  return queryBuilder()
    .selectFrom('agents')
    .select(['agent_id', 'type', 'tool_use_id', 'started_at', 'stopped_at'])
    .where('session_id', '=', session)
    .orderBy('started_at')
    .orderBy('agent_id');
}

function failureRows(session: string) {
  return queryBuilder()
    .selectFrom('failures')
    .select(['at', 'tool', 'target', 'error', 'agent_id'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('id');
}

function logRows(session: string) {
  return queryBuilder()
    .selectFrom('session_log')
    .select(['at', 'kind', 'detail'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('id');
}

function operationOf(row: Row): OperationDetail {
  return {
    at: isoOf(row, 'at'),
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

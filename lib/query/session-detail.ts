import type { ModelWindows } from '../claude/model-windows.ts';
import type { OwnPrice } from '../claude/prices.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database, Row } from '../store/database.ts';
import { countOperations, type OperationCount } from '../features/operation/table.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readCheckpoints, type CheckpointDetail } from './checkpoints.ts';
import { type TranscriptLoss, findTranscriptLoss } from './archived-sessions.ts';
import { type Cost, readSessionCosts } from './cost.ts';
import { readSessionPlace } from './find-session.ts';
import { readIsoColumn, readTextColumn } from './row.ts';
import { readSession, type SessionSummary } from './sessions.ts';
import { readHookMessages, type HookMessageDetail } from './hook-messages.ts';

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
  /** Messages of hooks to Claude, and what followed. */
  readonly told: readonly HookMessageDetail[];
  /** Calls by what became of them. */
  readonly counts: OperationCount;
  /** Of its answers, those of its agents included; `null` where none is known. */
  readonly cost: Cost | null;
  /** What Claude Code lacks of the transcript and the archive has. */
  readonly transcriptLoss: TranscriptLoss | null;
}

/** Everything about one session, oldest first; `undefined` for an unknown id. */
export async function readSessionDetail(
  database: Database,
  folder: StateFolder,
  id: string,
  windows: ModelWindows = [],
  prices: readonly OwnPrice[] = [],
): Promise<SessionDetail | undefined> {
  const session = await readSession(database, folder, id, windows);
  if (session === undefined) return undefined;
  const [operations, failures, log, agents] = [
    await runQuery(database, selectOperations(id)),
    await runQuery(database, failureRows(id)),
    await runQuery(database, logRows(id)),
    await runQuery(database, selectAgents(id)),
  ];
  const path = (await readSessionPlace(database, id))?.transcriptPath ?? undefined;
  return {
    session,
    transcriptLoss: findTranscriptLoss(folder, id, path) ?? null,
    checkpoints: await readCheckpoints(database, id, { operations, windows }),
    operations: operations.map(operationOf),
    failures: failures.map(failureOf),
    log: log.map((row) => ({
      at: readIsoColumn(row, 'at'),
      kind: readTextColumn(row, 'kind'),
      detail: readTextColumn(row, 'detail'),
    })),
    agents: agents.map((row) => ({
      id: readTextColumn(row, 'agent_id'),
      type: readTextColumn(row, 'type'),
      startedAt: readIsoColumn(row, 'started_at'),
      stoppedAt: readIsoColumn(row, 'stopped_at'),
    })),
    told: await readHookMessages(database, id),
    counts: countOperations(database, id),
    cost: (await readSessionCosts(database, [id], prices)).get(id) ?? null,
  };
}

/** The calls of a session, oldest first. */
export function selectOperations(session: string) {
  return queryBuilder()
    .selectFrom('operation_outcomes')
    .select(['tool_use_id', 'agent_id', 'tool', 'target', 'outcome', 'error', 'at'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('tool_use_id');
}

/** The agents of a session, in the order in which they started. */
export function selectAgents(session: string) {
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
    at: readIsoColumn(row, 'at'),
    tool: readTextColumn(row, 'tool'),
    target: readTextColumn(row, 'target'),
    outcome: readTextColumn(row, 'outcome') ?? 'running',
    agentId: readTextColumn(row, 'agent_id'),
    error: readTextColumn(row, 'error'),
    toolUseId: readTextColumn(row, 'tool_use_id') ?? '',
  };
}

function failureOf(row: Row): FailureDetail {
  return {
    at: readIsoColumn(row, 'at'),
    tool: readTextColumn(row, 'tool'),
    target: readTextColumn(row, 'target'),
    error: readTextColumn(row, 'error'),
    agentId: readTextColumn(row, 'agent_id'),
  };
}

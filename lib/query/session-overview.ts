import type { ModelWindows } from '../claude/model-windows.ts';
import type { OwnPrice } from '../claude/prices.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { countOperations, type OperationCount } from '../features/operation/table.ts';
import type { Database } from '../store/database.ts';
import { type TranscriptLoss, findTranscriptLoss } from './archived-sessions.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { type Cost, readSessionCosts } from './cost.ts';
import { readSessionPlace } from './find-session.ts';
import { readIsoColumn, readTextColumn } from './row.ts';
import { readSessionAgents, type SessionAgent } from './session-agents.ts';
import type { FailureDetail } from './session-detail.ts';
import { readSession, type SessionSummary } from './sessions.ts';
import { readHookMessages, type HookMessageDetail } from './hook-messages.ts';

/** One session without its calls one by one: of bounded size, however long it ran. */
export interface SessionOverview {
  readonly session: SessionSummary;
  readonly counts: OperationCount;
  /** Of its answers, those of its agents included; `null` where none is known. */
  readonly cost: Cost | null;
  readonly agents: readonly SessionAgent[];
  /** The latest, latest first. */
  readonly failures: readonly FailureDetail[];
  /** Messages of hooks to Claude, latest first. */
  readonly told: readonly HookMessageDetail[];
  /** What Claude Code lacks of the transcript and the archive has. */
  readonly transcriptLoss: TranscriptLoss | null;
}

/** Rows of one kind: what is older is in `show --json`. */
const MAX_ROWS = 200;

/** What one session is about; `undefined` for an unknown id. */
export async function readSessionOverview(
  database: Database,
  folder: StateFolder,
  id: string,
  windows: ModelWindows = [],
  prices: readonly OwnPrice[] = [],
): Promise<SessionOverview | undefined> {
  const session = await readSession(database, folder, id, windows);
  if (session === undefined) return undefined;
  const path = (await readSessionPlace(database, id))?.transcriptPath ?? undefined;
  return {
    session,
    counts: countOperations(database, id),
    cost: (await readSessionCosts(database, [id], prices)).get(id) ?? null,
    agents: await readSessionAgents(database, id),
    failures: await latestFailures(database, id),
    told: (await readHookMessages(database, id)).toReversed().slice(0, MAX_ROWS),
    transcriptLoss: findTranscriptLoss(folder, id, path) ?? null,
  };
}

async function latestFailures(
  database: Database,
  session: string,
): Promise<readonly FailureDetail[]> {
  const query = queryBuilder()
    .selectFrom('failures')
    .select(['at', 'tool', 'target', 'error', 'agent_id'])
    .where('session_id', '=', session)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(MAX_ROWS);
  return (await runQuery(database, query)).map((row) => ({
    at: readIsoColumn(row, 'at'),
    tool: readTextColumn(row, 'tool'),
    target: readTextColumn(row, 'target'),
    error: readTextColumn(row, 'error'),
    agentId: readTextColumn(row, 'agent_id'),
  }));
}

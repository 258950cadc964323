import type { ModelWindows } from '../claude/model-windows.ts';
import type { OwnPrice } from '../claude/prices.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { countOperations, type OperationCount } from '../features/operation/table.ts';
import type { Database } from '../store/database.ts';
import { type TranscriptLoss, findTranscriptLoss } from './archived-sessions.ts';
import { type Cost, readSessionCosts } from './cost.ts';
import { readSessionPlace } from './find-session.ts';
import { readSession, type SessionSummary } from './sessions.ts';
import { readSessionTree } from './trace/session-tree.ts';
import type { TraceNode } from './trace/trace-node.ts';

/** One session as people read it. */
export interface SessionStory {
  readonly session: SessionSummary;
  /** Calls by what became of them. */
  readonly counts: OperationCount;
  /** Of its answers; `undefined` where none is known. */
  readonly cost: Cost | undefined;
  /** Everything that happened, in its place. */
  readonly tree: TraceNode;
  /** What Claude Code lacks of the transcript and the archive has. */
  readonly loss: TranscriptLoss | undefined;
}

/** One session with what happened in it; `undefined` for an unknown id. */
export async function readSessionStory(
  database: Database,
  folder: StateFolder,
  id: string,
  windows: ModelWindows = [],
  prices: readonly OwnPrice[] = [],
): Promise<SessionStory | undefined> {
  const session = await readSession(database, folder, id, windows);
  if (session === undefined) return undefined;
  const counts = countOperations(database, id);
  const path = (await readSessionPlace(database, id))?.transcriptPath ?? undefined;
  const loss = findTranscriptLoss(folder, id, path);
  const cost = (await readSessionCosts(database, [id], prices)).get(id);
  return { session, counts, cost, tree: await readSessionTree(database, id), loss };
}

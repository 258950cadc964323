import type { ModelWindows } from '../claude/model-windows.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { countOperations, type OperationCount } from '../features/operation/table.ts';
import type { Database } from '../store/database.ts';
import { type TranscriptLoss, transcriptLoss } from './archived-sessions.ts';
import { sessionPlace } from './find-session.ts';
import { readSession, type SessionSummary } from './sessions.ts';
import { sessionTree } from './trace/session-tree.ts';
import type { TraceNode } from './trace/trace-node.ts';

/** One session as people read it. */
export interface SessionStory {
  readonly session: SessionSummary;
  /** Calls by what became of them. */
  readonly counts: OperationCount;
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
): Promise<SessionStory | undefined> {
  const session = await readSession(database, folder, id, windows);
  if (session === undefined) return undefined;
  const counts = countOperations(database, id);
  const path = (await sessionPlace(database, id))?.transcriptPath ?? undefined;
  const loss = transcriptLoss(folder, id, path);
  return { session, counts, tree: await sessionTree(database, id), loss };
}

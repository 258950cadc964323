import type { TranscriptFact } from '../../lib/claude/transcript/parse-line.ts';
import { type FactPlace, createFactWrites } from '../../lib/features/operation/fact-writes.ts';
import type { Database } from '../../lib/store/database.ts';
import { applyWrites } from '../../lib/store/sink.ts';

/** Stores what one line of a transcript tells, as the reader of transcripts does. */
export function storeFact(
  database: Database,
  sessionId: string,
  fact: TranscriptFact,
  place: Partial<FactPlace> = {},
): void {
  const own = { sessionId, since: 0, agentId: null, toolOf: () => undefined, ...place };
  applyWrites(database, createFactWrites({ ...fact, placedAt: fact.at }, own));
}

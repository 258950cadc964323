import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';
import type { Database } from '../../store/database.ts';

export type ContextFact = Extract<TranscriptFact, { kind: 'usage' | 'compaction' }>;

/** The lines of one answer repeat its usage: the latest stands, of two at one time the larger. */
const KEEP = `INSERT INTO context_samples (session_id, message_id, at, model, tokens) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (session_id, message_id) DO UPDATE SET at = excluded.at, model = excluded.model, tokens = excluded.tokens
  WHERE excluded.at > context_samples.at OR (excluded.at = context_samples.at AND excluded.tokens > context_samples.tokens)`;

/** Keeps how full the context was, in tokens. Call it inside a transaction. */
export function keepContextSample(database: Database, sessionId: string, fact: ContextFact): void {
  const [id, model] =
    fact.kind === 'usage' ? [fact.messageId, fact.model] : [`compaction ${fact.id}`, null];
  database.prepare(KEEP).run(sessionId, id, fact.at, model, fact.tokens);
}

const KEEP_SIZE = `INSERT INTO result_sizes (tool_use_id, session_id, at, size) VALUES (?, ?, ?, ?)
  ON CONFLICT (tool_use_id) DO UPDATE SET session_id = excluded.session_id, at = excluded.at, size = excluded.size`;

/** Keeps how large a result is that the main chain was given, in characters. Call it inside a transaction. */
export function keepResultSize(
  database: Database,
  sessionId: string,
  toolUseId: string,
  at: number,
  size: number,
): void {
  database.prepare(KEEP_SIZE).run(toolUseId, sessionId, at, size);
}

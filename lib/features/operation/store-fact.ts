import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';
import type { Database } from '../../store/database.ts';
import { keepContextSample, keepResultSize } from './context-sample.ts';
import { keepTodos } from './keep-todos.ts';
import { withFact } from './merge.ts';
import { mergeOperation } from './operation-row.ts';
import type { TranscriptFile } from './transcript-files.ts';

/**
 * Stores one fact of a session's transcript file. Call it inside a transaction.
 * @returns whether it is a call or a result that the store did not know.
 */
export function storeFact(database: Database, sessionId: string, file: TranscriptFile, fact: TranscriptFact): boolean {
  if (fact.kind === 'usage' || fact.kind === 'compaction') {
    if (file.agentId === null) keepContextSample(database, sessionId, fact);
    return false;
  }
  const agentId = fact.agentId ?? file.agentId;
  if (fact.kind === 'todos' || fact.kind === 'task-status') {
    if (agentId === null) keepTodos(database, sessionId, fact);
    return false;
  }
  if (fact.kind === 'result' && fact.size !== undefined && agentId === null) keepResultSize(database, sessionId, fact.toolUseId, fact.at, fact.size);
  const place = { sessionId, agentId, isYounger: (other: string) => isYounger(database, sessionId, other) };
  return mergeOperation(database, fact.toolUseId, (known) => withFact(known, fact, place));
}

function isYounger(database: Database, sessionId: string, other: string): boolean {
  const sql = 'SELECT id FROM sessions WHERE id IN (?, ?) ORDER BY first_event_at, id LIMIT 1';
  return database.prepare(sql).get(sessionId, other)?.['id'] === other;
}

import type { TranscriptFile } from '../../claude/transcript/claude-transcripts.ts';
import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';
import type { Database } from '../../store/database.ts';
import { keepContextSample, keepResultSize } from './context-sample.ts';
import { keepAgent } from './keep-agent.ts';
import { keepCallNote } from './keep-call-note.ts';
import { keepTodos } from './keep-todos.ts';
import { withFact } from './merge.ts';
import { mergeOperation } from './operation-row.ts';

/**
 * Stores one fact of a session's transcript file. Call it inside a transaction.
 * @returns whether it is a call or a result that the store did not know.
 */
export function storeFact(
  database: Database,
  sessionId: string,
  file: TranscriptFile,
  fact: TranscriptFact,
): boolean {
  if (fact.kind === 'usage' || fact.kind === 'compaction') {
    if (file.agentId === null) keepContextSample(database, sessionId, fact);
    return false;
  }
  if (fact.kind === 'agent-result' || fact.kind === 'agent-usage') {
    keepAgent(database, sessionId, fact);
    return false;
  }
  const agentId = fact.agentId ?? file.agentId;
  if (fact.kind === 'todos' || fact.kind === 'task-status') {
    if (agentId === null) keepTodos(database, sessionId, fact);
    return false;
  }
  if (fact.kind === 'result' && fact.size !== undefined && agentId === null)
    keepResultSize(database, sessionId, fact.toolUseId, fact.at, fact.size);
  const place = {
    sessionId,
    agentId,
    isYounger: (other: string) => isYounger(database, sessionId, other),
  };
  const isNew = mergeOperation(database, fact.toolUseId, (known) => withFact(known, fact, place));
  if (fact.note !== undefined)
    keepCallNote(
      database,
      sessionId,
      fact.toolUseId,
      fact.kind === 'call' ? 'input' : 'result',
      fact.note,
    );
  return isNew;
}

function isYounger(database: Database, sessionId: string, other: string): boolean {
  const sql = 'SELECT id FROM sessions WHERE id IN (?, ?) ORDER BY first_event_at, id LIMIT 1';
  return database.prepare(sql).get(sessionId, other)?.['id'] === other;
}

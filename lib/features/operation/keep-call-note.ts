import type { JsonObject } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';

const KEEP =
  'INSERT OR REPLACE INTO call_notes (tool_use_id, about, session_id, note) VALUES (?, ?, ?, ?)';
const KNOWN = 'SELECT 1 FROM call_notes WHERE tool_use_id = ? AND about = ? AND note = ?';

/** Keeps what a closer look at a call found. Call it inside a transaction, after the call itself is stored. */
export function keepCallNote(
  database: Database,
  sessionId: string,
  toolUseId: string,
  about: 'input' | 'result',
  note: JsonObject,
): void {
  const text = JSON.stringify(note);
  if (database.prepare(KNOWN).get(toolUseId, about, text) === undefined)
    database.prepare(KEEP).run(toolUseId, about, sessionId, text);
}

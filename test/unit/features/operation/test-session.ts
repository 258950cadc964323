import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { operationEffects } from '../../../../lib/features/operation/effect.ts';
import type { Database, Row } from '../../../../lib/store/database.ts';
import { sqliteDriver } from '../../../../lib/store/driver.ts';
import { openStore } from '../../../../lib/store/open-store.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

/** A new store in a folder of its own. */
export function testStore(): Database {
  const store = openStore(join(tempFolder(), 'waymark.db'), sqliteDriver());
  onTestFinished(() => store.close());
  return store;
}

/** What the session feature keeps of an event. */
export function noteEvent(
  store: Database,
  session: { id: string; path: string; at: number },
): void {
  store
    .prepare(
      `INSERT INTO sessions (id, transcript_path, first_event_at, last_event_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
       first_event_at = min(first_event_at, excluded.first_event_at), last_event_at = max(last_event_at, excluded.last_event_at)`,
    )
    .run(session.id, session.path, session.at, session.at);
}

/** An event as the hooks make them for a tool call. */
export function callEvent(
  at: number,
  session: string,
  call: object,
  agent?: string,
): EventEnvelope {
  const failed = 'outcome' in call && call.outcome === 'failed';
  return {
    event_id: `evt_20261122_050000_${String(at).padStart(16, '0')}`,
    event_type: failed ? 'task.failed' : 'checkpoint.created',
    timestamp: new Date(at).toISOString(),
    source: 'hook/PostToolUse',
    payload: { session_id: session, ...(agent === undefined ? {} : { agent_id: agent }), call },
  };
}

/** Applies what the operation feature does with an event. */
export function applyEvent(store: Database, event: EventEnvelope): void {
  operationEffects[event.event_type]?.(store, [event]);
}

/** Every operation row, by id. */
export function operationRows(store: Database): readonly Row[] {
  return store.prepare('SELECT * FROM operations ORDER BY tool_use_id').all();
}

/** Transcript lines, made short. */
export function callLine(
  id: string,
  at: number,
  tool = 'Bash',
  input: object = { command: `run ${id}` },
): string {
  const message = {
    id: `msg_${id}`,
    model: 'claude-opus-4-8',
    content: [{ type: 'tool_use', id, name: tool, input }],
    usage: { input_tokens: 100 },
  };
  return `${JSON.stringify({ type: 'assistant', timestamp: new Date(at).toISOString(), message })}\n`;
}

export function resultLine(id: string, at: number, error?: string): string {
  const block = {
    type: 'tool_result',
    tool_use_id: id,
    content: error ?? 'fine',
    is_error: error !== undefined,
  };
  return `${JSON.stringify({ type: 'user', timestamp: new Date(at).toISOString(), message: { content: [block] } })}\n`;
}

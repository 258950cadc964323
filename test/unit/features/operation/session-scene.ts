import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSessionTranscripts } from '../../../../lib/features/operation/read-session.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { noteEvent, operationRows, testStore } from './test-session.ts';

export const NOW = 9_000_000;

export interface Scene {
  readonly store: Database;
  readonly path: string;
  read(more?: object): { operations: number; more: boolean };
  rows(): readonly unknown[];
}

/** A session `s1` whose first event was at 1,000. */
export function scene(lines: readonly string[]): Scene {
  const store = testStore();
  const path = join(tempFolder(), 's1.jsonl');
  writeFileSync(path, lines.join(''));
  noteEvent(store, { id: 's1', path, at: 1_000 });
  return {
    store,
    path,
    read: (more) => readSessionTranscripts(store, 's1', { now: NOW, ...more }),
    rows: () =>
      operationRows(store).map((row) => [
        row['tool_use_id'],
        row['session_id'],
        row['transcript_outcome'],
      ]),
  };
}

export function agentFile(path: string, agent: string): string {
  const file = join(dirname(path), 's1', 'subagents', `agent-${agent}.jsonl`);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

export function stateOf(store: Database): unknown {
  return store
    .prepare(
      "SELECT transcript_state AS state, transcript_read_at AS at FROM sessions WHERE id = 's1'",
    )
    .get();
}

export function said(role: 'user' | 'assistant', content: string, at: number): string {
  const message = { id: `msg_${at}`, role, content: [{ type: 'text', text: content }] };
  return `${JSON.stringify({ type: role, timestamp: new Date(at).toISOString(), message })}\n`;
}

export function spentLine(id: string, at: number, usage: object, agentId?: string): string {
  const message = { id, role: 'assistant', model: 'claude-opus-4-8', content: [], usage };
  const line = {
    type: 'assistant',
    requestId: 'req',
    timestamp: new Date(at).toISOString(),
    message,
  };
  return `${JSON.stringify({ ...line, ...(agentId === undefined ? {} : { agentId }) })}\n`;
}

export function titleLine(fields: object): string {
  return `${JSON.stringify(fields)}\n`;
}

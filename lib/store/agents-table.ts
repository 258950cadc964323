import type { TableDefinition } from './sink.ts';

/** Agents of a session. Several sources write one row, each its own columns. */
export const AGENTS_TABLE: TableDefinition = {
  table: 'agents',
  key: ['session_id', 'agent_id'],
  least: ['tool_use_id', 'started_at', 'stale_at'],
  greatest: ['type', 'stopped_at'],
  latest: [
    ['answer_at', 'answer_tokens', 'answer_model'],
    ['reported_at', 'reported_status', 'reported_tokens', 'tool_uses', 'reported_ms'],
  ],
};

import type { TableDefinition } from '../../store/sink.ts';

/** Health scores of sessions, one row per sample. */
export const SESSION_HEALTH: TableDefinition = {
  table: 'session_health',
  key: ['session_id', 'at'],
  once: ['score', 'reasons'],
};

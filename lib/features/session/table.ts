import type { TableDefinition } from '../../store/sink.ts';

/** The starts, prompts and ends of sessions. */
export const SESSION_LOG: TableDefinition = {
  table: 'session_log',
  key: ['id'],
  once: ['session_id', 'at', 'kind', 'detail'],
};

/** The prompts that a person typed, without their text; they stay as long as the session, so that their number does. */
export const PROMPTS: TableDefinition = { table: 'prompts', key: ['session_id', 'id'] };

/** Words that a person put on sessions to find them by. */
export const SESSION_TAGS: TableDefinition = {
  table: 'session_tags',
  key: ['session_id', 'tag'],
  once: ['at'],
};

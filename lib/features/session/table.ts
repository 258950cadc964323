import type { TableDefinition } from '../../store/sink.ts';

/** The starts, prompts, notifications and ends of sessions. */
export const SESSION_LOG: TableDefinition = {
  table: 'session_log',
  key: ['id'],
  once: ['session_id', 'at', 'kind', 'detail'],
};

/**
 * Prompts that a person typed, without their text. They stay as long as the session, so that their
 * number is known.
 */
export const PROMPTS: TableDefinition = { table: 'prompts', key: ['session_id', 'id'] };

/** Tags that a person added to sessions. */
export const SESSION_TAGS: TableDefinition = {
  table: 'session_tags',
  key: ['session_id', 'tag'],
  once: ['at'],
};

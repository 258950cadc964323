import type { TableDefinition } from './sink.ts';

/** Files to which events are appended, and how many bytes of each were committed. */
export const EVENT_FILES: TableDefinition = {
  table: 'event_files',
  key: ['path'],
  once: ['sink'],
  replaced: ['inode', 'length', 'day'],
};

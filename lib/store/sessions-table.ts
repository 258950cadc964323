import type { Database } from './database.ts';
import type { TableDefinition } from './sink.ts';

/** Sessions, of which several rooms tell: each tells columns that merge on their own, in any order. */
export const SESSIONS: TableDefinition = {
  table: 'sessions',
  key: ['id'],
  least: ['first_event_at', 'started_at'],
  greatest: ['last_event_at', 'last_started_at', 'operation_count', 'last_auto_at'],
  latest: [
    // identity_whole before the time: an event that tells all three goes before one that names the project alone, whichever is later
    ['identity_whole', 'identity_at', 'project', 'worktree', 'repository'],
    ['transcript_at', 'transcript_path'],
    ['config_folder_at', 'config_folder'],
    ['model_at', 'model'],
    ['ended_at', 'end_reason'],
    ['client_at', 'client_pid', 'client_started'],
    ['checkpoint_at', 'checkpoint_id', 'checkpoint_by', 'checkpoint_kind'],
  ],
  replaced: ['transcript_state', 'transcript_read_at'],
};

/** Whether the session is known, and was not forgotten meanwhile. */
export function isKnownSession(database: Database, id: string): boolean {
  return database.prepare('SELECT 1 FROM sessions WHERE id = ?').get(id) !== undefined;
}

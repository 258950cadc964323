import { deleteOlderThan, type RowKind, deleteWithSession } from '../../store/keeper.ts';
import { isKnownSession, SESSIONS } from '../../store/sessions-table.ts';
import { applyWrites } from '../../store/sink.ts';

/**
 * Deletes sessions. Data of a session is also deleted by the time of its last event, so the order
 * of kinds does not matter.
 */
export const sessionRows: RowKind = {
  name: 'sessions',
  tables: ['sessions', 'session_log', 'prompts', 'session_tags'],
  deletions: (_database, expiry) => [
    ...deleteOlderThan(expiry.historyBefore, ['session_log']),
    ...deleteWithSession(expiry, ['prompts', 'session_tags']),
    {
      table: 'sessions',
      where: 'last_event_at < ?',
      values: [expiry.historyBefore],
      at: 'last_event_at',
    },
  ],
  forget: (database, session) => {
    const removed = isKnownSession(database, session) ? 1 : 0;
    applyWrites(database, [{ from: SESSIONS, key: { id: session } }]);
    return removed;
  },
};

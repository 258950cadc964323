import { olderThan, type RowKind, withoutSession } from '../../store/keeper.ts';
import { isKnownSession, SESSIONS } from '../../store/sessions-table.ts';
import { applyWrites } from '../../store/sink.ts';

/** What belongs to a session goes by the time of its last event, too, so the order of the kinds does not matter to it. */
export const sessionRows: RowKind = {
  name: 'sessions',
  tables: ['sessions', 'session_log', 'prompts', 'session_tags'],
  deletions: (_database, expiry) => [
    ...olderThan(expiry, ['session_log']),
    ...withoutSession(expiry, ['prompts', 'session_tags']),
    {
      table: 'sessions',
      where: 'last_event_at < ?',
      values: [expiry.before],
      at: 'last_event_at',
    },
  ],
  forget: (database, session) => {
    const removed = isKnownSession(database, session) ? 1 : 0;
    applyWrites(database, [{ from: SESSIONS, key: { id: session } }]);
    return removed;
  },
};

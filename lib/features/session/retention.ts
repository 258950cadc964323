import { type RowKeeper, removeOlder, removeOrphans } from '../../store/keeper.ts';
import { isKnownSession, removeSessionsBefore, SESSIONS } from '../../store/sessions-table.ts';
import { applyWrites } from '../../store/sink.ts';

export const sessionKeeper: RowKeeper = {
  name: 'sessions',
  tables: ['sessions', 'session_log', 'prompts'],
  expire: (database, expiry) => {
    removeOlder(database, ['session_log'], expiry);
    removeSessionsBefore(database, expiry.before);
    removeOrphans(database, ['prompts']);
  },
  forget: (database, session) => {
    const removed = isKnownSession(database, session) ? 1 : 0;
    applyWrites(database, [{ from: SESSIONS, key: { id: session } }]);
    return removed;
  },
};

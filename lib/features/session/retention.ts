import { type RowKeeper, removeOlder } from '../../store/keeper.ts';

export const sessionKeeper: RowKeeper = {
  name: 'sessions',
  tables: ['sessions', 'session_log'],
  expire: (database, expiry) => {
    removeOlder(database, ['session_log'], expiry);
    database.prepare('DELETE FROM sessions WHERE last_event_at < ?').run(expiry.before);
  },
  forget: (database, session) =>
    database.prepare('DELETE FROM sessions WHERE id = ?').run(session).changes,
};

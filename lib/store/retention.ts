import { type RowKeeper, removeOlder } from './keeper.ts';

/** Events that may go: older than ?1, and written to logs and archive; a replay keeps the time of its original, so it stays until it is old itself. */
const EXPIRED =
  "at < ?1 AND seq <= ?2 AND (stored_at < ?1 OR json_extract(envelope, '$.metadata.replay_of') IS NULL)";

const REMEMBER = `INSERT INTO tombstones (id, fate, at) SELECT id, 'expired', ?3 FROM events WHERE ${EXPIRED} ON CONFLICT DO NOTHING`;

/** Ids of removed events stay as tombstones, so that nothing comes back as new. */
export const eventKeeper: RowKeeper = {
  name: 'events',
  tables: ['events', 'refreshes', 'metrics'],
  expire: (database, expiry) => {
    const { before, now, written } = expiry;
    database.prepare(REMEMBER).run(before, written, now);
    database
      .prepare(`DELETE FROM refreshes WHERE key IN (SELECT id FROM events WHERE ${EXPIRED})`)
      .run(before, written);
    database.prepare(`DELETE FROM events WHERE ${EXPIRED}`).run(before, written);
    removeOlder(database, ['metrics'], expiry);
  },
  forget: (database, session) =>
    database
      .prepare('DELETE FROM refreshes WHERE key IN (SELECT id FROM events WHERE session_id = ?)')
      .run(session).changes +
    database.prepare('DELETE FROM refreshes WHERE key = ?').run(session).changes,
};

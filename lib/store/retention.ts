import type { FileKind } from '../core/file-keeper.ts';
import { olderThan, type RowKind } from './keeper.ts';
import { removeRefreshes } from './refreshes.ts';
import { addExpired } from './tombstones.ts';

/** Events that may go: older than ?1, and written to logs and archive; a replay keeps the time of its original, so it stays until it is old itself. The plus leaves the key of the table to the slices of a scan. */
const EXPIRED =
  "at < ?1 AND +seq <= ?2 AND (stored_at < ?1 OR json_extract(envelope, '$.metadata.replay_of') IS NULL)";

/** That the event of `id` stays, for a condition in SQL. ?1 is the `before` of the {@link Expiry}, ?2 its `written`. */
export function eventStays(id: string): string {
  return `EXISTS (SELECT 1 FROM events WHERE events.id = ${id} AND NOT (${EXPIRED}))`;
}

/**
 * Ids of deleted events stay as tombstones, so that nothing comes back as new, until the archive cannot have them any more.
 * @param archiveKeepMs How long the archive keeps its days.
 */
export const eventRows = (archiveKeepMs: number): RowKind => ({
  name: 'events',
  tables: ['events', 'refreshes', 'metrics', 'tombstones', 'forgotten'],
  staying: {
    forgotten: 'what was forgotten stays so; 40 bytes a session',
  },
  deletions: (_database, expiry) => {
    const values = [expiry.before, expiry.written];
    const ofEvent = `key IN (SELECT id FROM events WHERE ${EXPIRED})`;
    return [
      {
        table: 'refreshes',
        where: `${ofEvent} OR key IN (SELECT id FROM sessions WHERE last_event_at < ?1)`,
        values,
      },
      { table: 'events', where: EXPIRED, values, at: 'at' },
      ...olderThan(expiry, ['metrics']),
      {
        table: 'tombstones',
        where: 'at < ?',
        values: [Math.min(expiry.before, expiry.now - archiveKeepMs)],
        at: 'at',
      },
    ];
  },
  remember: (database, { before, now, written }) =>
    addExpired(database, EXPIRED, [before, written], now),
  forget: (database, session) =>
    removeRefreshes(database, 'SELECT id FROM events WHERE session_id = ?', [session]) +
    removeRefreshes(database, 'VALUES (?)', [session]),
});

/** The files of the database. What is in them goes row by row. */
export const storeFiles: FileKind = {
  name: 'store',
  owns: /^waymark\.db(?:-\w+)?$/,
  folder: '',
};

/** Stores from before schema 1 that were set aside: yours to delete. */
export const earlierStores: FileKind = {
  name: 'store/earlier',
  owns: /^waymark\.db\./,
  folder: '',
};

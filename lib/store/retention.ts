import { DAY_MS } from '../core/clock.ts';
import type { FileKind } from '../core/file-keeper.ts';
import { deleteOlderThan, type RowKind } from './keeper.ts';
import { removeRefreshes } from './refreshes.ts';
import { addExpired } from './tombstones.ts';

/**
 * Condition for events that may be deleted: older than ?1, and written to logs and archive. A
 * replay keeps the time of its original, so it is kept until it is old itself. The plus leaves the
 * table's key to the slices of a scan.
 */
const EXPIRED =
  "at < ?1 AND +seq <= ?2 AND (stored_at < ?1 OR json_extract(envelope, '$.metadata.replay_of') IS NULL)";

/** How long samples of workers and sessions are kept, unless `retention` is shorter: 30 days. */
export const SAMPLES_KEPT_MS = 30 * DAY_MS;

/**
 * Returns an SQL condition that the event of `id` is kept. ?1 is `before` of {@link Expiry}, ?2 is
 * `written`.
 */
export function eventKeptSql(id: string): string {
  return `EXISTS (SELECT 1 FROM events WHERE events.id = ${id} AND NOT (${EXPIRED}))`;
}

/**
 * Rows of events. Ids of deleted events remain as tombstones, so that no event returns as new,
 * until the archive cannot contain them any more.
 * @param archiveKeepMs How long the archive keeps its days.
 */
export const eventRows = (archiveKeepMs: number): RowKind => ({
  name: 'events',
  tables: ['events', 'refreshes', 'metrics', 'tombstones', 'forgotten'],
  neverByAge: {
    forgotten: 'what was forgotten stays so; 40 bytes a session',
  },
  deletions: (_database, expiry) => {
    const values = [expiry.before, expiry.written];
    const ofEvent = `key IN (SELECT id FROM events WHERE ${EXPIRED})`;
    return [
      {
        table: 'refreshes',
        where: `${ofEvent} OR key IN (SELECT id FROM sessions WHERE last_event_at < ?3)`,
        values: [...values, expiry.historyBefore],
      },
      { table: 'events', where: EXPIRED, values, at: 'at' },
      ...deleteOlderThan(Math.max(expiry.before, expiry.now - SAMPLES_KEPT_MS), ['metrics']),
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

/** The files of the database. Their content is deleted row by row. */
export const storeFiles: FileKind = {
  name: 'store',
  owns: /^waymark\.db(?:-\w+)?$/,
  folder: '',
};

/** Stores from before schema 1 that were moved aside. Only the user deletes them. */
export const earlierStores: FileKind = {
  name: 'store/earlier',
  owns: /^waymark\.db\./,
  folder: '',
};

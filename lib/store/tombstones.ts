import type { Database } from './database.ts';
import { applyWrites, type TableDefinition } from './sink.ts';

/** Why an id will never be in events, or no longer is. */
export type Fate = 'discarded' | 'abandoned' | 'expired' | 'replayed';

const TOMBSTONES: TableDefinition = { table: 'tombstones', key: ['id'], once: ['fate', 'at'] };

/**
 * Records what happened to these ids, so that the ledger accounts for them and none returns as new.
 * The first fate of an id stays.
 */
export function addTombstones(
  database: Database,
  ids: Iterable<string>,
  fate: Fate,
  at: number,
): void {
  applyWrites(
    database,
    [...ids].map((id) => ({ into: TOMBSTONES, row: { id, fate, at } })),
  );
}

/**
 * Records the ids of events that are about to expire.
 * @param isExpired A condition on `events` with two parameters.
 */
export function addExpired(
  database: Database,
  isExpired: string,
  values: readonly [number, number],
  now: number,
): void {
  database
    .prepare(
      `INSERT INTO tombstones (id, fate, at) SELECT id, 'expired', ?3 FROM events WHERE ${isExpired} ON CONFLICT DO NOTHING`,
    )
    .run(...values, now);
}

/** Copies applied ids and tombstones from a store that is attached as `earlier`. */
export function addEarlier(database: Database): void {
  database.exec(`INSERT OR IGNORE INTO tombstones (id, fate, at) SELECT id, fate, at FROM earlier.tombstones;
    INSERT OR IGNORE INTO tombstones (id, fate, at) SELECT id, 'expired', at FROM earlier.events;`);
}

/** Whether the id has a tombstone. */
export function hasTombstone(database: Database, id: string): boolean {
  return database.prepare('SELECT 1 FROM tombstones WHERE id = ?').get(id) !== undefined;
}

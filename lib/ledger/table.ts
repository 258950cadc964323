import type { Database } from '../store/database.ts';

/** Number of ids per query. */
const AT_ONCE = 5_000;
const STORED =
  'SELECT value AS id FROM json_each(?) WHERE EXISTS (SELECT 1 FROM events WHERE events.id = json_each.value)';
const FATES =
  'SELECT tombstones.id, tombstones.fate FROM json_each(?) JOIN tombstones ON tombstones.id = json_each.value';

/** What the store knows about captured ids. */
export interface KnownIds {
  readonly stored: ReadonlySet<string>;
  readonly fates: ReadonlyMap<string, string>;
}

/** Looks up these ids in the store. */
export function knownIds(store: Database | undefined, ids: readonly string[]): KnownIds {
  const stored = new Set<string>();
  const fates = new Map<string, string>();
  if (store === undefined) return { stored, fates };
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = JSON.stringify(ids.slice(from, from + AT_ONCE));
    for (const row of store.prepare(STORED).all(some)) stored.add(String(row['id']));
    for (const row of store.prepare(FATES).all(some))
      fates.set(String(row['id']), String(row['fate']));
  }
  return { stored, fates };
}

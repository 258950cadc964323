import type { Database } from './database.ts';

/** Remembers that these entries were discarded, so that the ledger accounts for them and no replay brings them back. */
export function rememberDiscarded(database: Database, ids: Iterable<string>, at: number): void {
  const remember = database.prepare(
    "INSERT INTO tombstones (id, fate, at) VALUES (?, 'discarded', ?) ON CONFLICT DO NOTHING",
  );
  for (const id of ids) remember.run(id, at);
}

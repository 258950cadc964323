import { describe, expect, it } from 'vitest';
import { findEvents } from '../../../lib/query/find-events.ts';
import type { Database } from '../../../lib/store/database.ts';
import { testStore } from '../../support/test-store.ts';

const NOW = 1_790_000_000_000;

/** A store with so many events; each hundredth is rare. */
function filled(count: number): Database {
  const database = testStore();
  const add = database.prepare(
    "INSERT INTO events (id, type, at, source, session_id, correlation_id, envelope, stored_at) VALUES (?, ?, ?, 'hook/Stop', 's1', ?, ?, 1)",
  );
  database.exec('BEGIN');
  for (let n = 1; n <= count; n += 1) {
    const envelope = JSON.stringify({ payload: { reason: `reason ${n}` } });
    const type = n % 100 === 0 ? 'rare.event' : 'session.prompt_submitted';
    add.run(`evt_${n}`, type, NOW + n, n === 7 ? 'chain' : null, envelope);
  }
  database.exec('COMMIT');
  return database;
}

describe('findEvents', () => {
  it('has the latest first, with what each is about, and says where to go on', async () => {
    const database = filled(10);
    const part = await findEvents(database, { limit: 3 });
    expect(part.events.map(({ id, summary }) => `${id} ${summary}`)).toEqual([
      'evt_10 reason 10',
      'evt_9 reason 9',
      'evt_8 reason 8',
    ]);
    expect(part.before).toBe(8);
    const next = await findEvents(database, { limit: 7 }, 8);
    expect(next.events.map(({ seq }) => seq)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(next.before).toBeNull();
  });

  it('filters by type, source and correlation', async () => {
    const database = filled(200);
    const idsFor = async (filter: object): Promise<readonly string[]> =>
      (await findEvents(database, { limit: 9, ...filter })).events.map(({ id }) => id);
    expect(await idsFor({ type: 'rare.*' })).toEqual(['evt_200', 'evt_100']);
    expect(await idsFor({ correlation: 'chain' })).toEqual(['evt_7']);
    expect(await idsFor({ source: 'hook/Start*' })).toEqual([]);
  });

  it('looks at 100,000 events at a time, so that a rare type takes several steps', async () => {
    const database = filled(100);
    database.exec("UPDATE sqlite_sequence SET seq = 250000 WHERE name = 'events'");
    database.exec(
      "INSERT INTO events (id, type, at, source, envelope, stored_at) VALUES ('late', 'x.y', 1, 's', '{}', 1)",
    );
    const searched: Array<number | null> = [];
    let before: number | null | undefined;
    const found: string[] = [];
    while (before !== null) {
      const part = await findEvents(database, { limit: 9, type: 'rare.*' }, before ?? undefined);
      found.push(...part.events.map(({ id }) => id));
      searched.push(part.searched);
      before = part.before;
    }
    expect(found).toEqual(['evt_100']);
    expect(searched).toEqual([100_000, 100_000, 50_001]);
  });

  it('has nothing in an empty store, and takes an envelope that is no JSON', async () => {
    const database = testStore();
    expect(await findEvents(database, { limit: 5 })).toEqual({
      ...{ events: [], before: null, searched: 0 },
    });
    database.exec(
      "INSERT INTO events (id, type, at, source, envelope, stored_at) VALUES ('e', 'x.y', 1, 's', 'broken', 1)",
    );
    expect((await findEvents(database, { limit: 5 })).events).toMatchObject([{ summary: '' }]);
  });
});

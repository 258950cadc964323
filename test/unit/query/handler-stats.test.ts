import { describe, expect, it } from 'vitest';
import { readHandlerStats } from '../../../lib/query/handler-stats.ts';
import { testStore } from '../../support/test-store.ts';

describe('readHandlerStats', () => {
  it('counts attempts and failures, and how long those took that were done', async () => {
    const database = testStore();
    const insert =
      database.prepare(`INSERT INTO deliveries (event_id, subscription, state, attempts, due_at, claimed_at, started_at, ended_at, last_error, created_at)
      VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, 1)`);
    for (let n = 1; n <= 100; n += 1)
      insert.run(
        `e${n}`,
        'user/a',
        'done',
        n === 1 ? 3 : 1,
        n,
        1_000,
        1_000 + n,
        n === 1 ? 'old' : null,
      );
    insert.run('e101', 'user/a', 'dead', 5, 101, 2_000, 2_500, 'exit status 1');
    insert.run('e102', 'user/a', 'due', 2, 102, 3_000, null, null);
    insert.run('e103', 'builtin/b', 'running', 1, 1, null, null, null);
    const nothing = {
      failures: 0,
      waits: 0,
      done: 0,
      due: 0,
      dead: 0,
      p50Ms: null,
      p95Ms: null,
      lastAt: null,
      lastError: null,
    };
    expect(await readHandlerStats(database)).toEqual([
      { ...nothing, handler: 'builtin/b', builtIn: true, runs: 1, running: 1 },
      {
        handler: 'user/a',
        builtIn: false,
        runs: 109,
        failures: 9,
        waits: 0,
        done: 100,
        due: 1,
        running: 0,
        dead: 1,
        p50Ms: 51,
        p95Ms: 96,
        lastAt: '1970-01-01T00:00:03.000Z',
        lastError: 'exit status 1',
      },
    ]);
  });

  it('computes durations from the latest 10,000 deliveries of each handler', async () => {
    const database = testStore();
    database.exec(`INSERT INTO deliveries (event_id, subscription, state, due_at, started_at, ended_at, created_at)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 19000)
      SELECT 'e' || i, name, 'done', i, 0, iif(i <= 9000, 7, 3), 1 FROM n, (SELECT 'user/a' AS name UNION SELECT 'user/b')`);
    const stats = await readHandlerStats(database);
    expect(stats.map(({ p50Ms, p95Ms, done }) => [p50Ms, p95Ms, done])).toEqual([
      [3, 3, 19_000],
      [3, 3, 19_000],
    ]);
  });

  it('asks as often for fifty handlers as for one', async () => {
    const statements = async (handlers: number): Promise<number> => {
      const database = testStore();
      for (let n = 0; n < handlers; n += 1)
        database
          .prepare(
            "INSERT INTO deliveries (event_id, subscription, due_at, created_at) VALUES ('e', ?, 1, 1)",
          )
          .run(`user/${n}`);
      let count = 0;
      const counting = {
        ...database,
        prepare: (sql: string) => {
          count += 1;
          return database.prepare(sql);
        },
      };
      expect(await readHandlerStats(counting)).toHaveLength(handlers);
      return count;
    };
    expect([await statements(1), await statements(50)]).toEqual([3, 3]);
  });
});

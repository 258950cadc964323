import { describe, expect, it } from 'vitest';
import { readHandlerStats } from '../../../lib/query/handler-stats.ts';
import { testStore } from '../../support/test-store.ts';

describe('readHandlerStats', () => {
  it('counts attempts and failures, and how long those took that were done', () => {
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
      done: 0,
      due: 0,
      dead: 0,
      p50Ms: null,
      p95Ms: null,
      lastAt: null,
      lastError: null,
    };
    expect(readHandlerStats(database)).toEqual([
      { ...nothing, handler: 'builtin/b', builtIn: true, runs: 1, running: 1 },
      {
        handler: 'user/a',
        builtIn: false,
        runs: 109,
        failures: 9,
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
});

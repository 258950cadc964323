import { describe, expect, it } from 'vitest';
import { sampleMetrics } from '../../../../lib/worker/tasks/periodic-tasks.ts';
import { Tally } from '../../../../lib/worker/tally.ts';
import { testStore } from '../../../support/test-store.ts';

describe('sampleMetrics', () => {
  it('stores the figures of a minute that had work', () => {
    const database = testStore();
    const tally = new Tally(0);
    tally.addBatch(
      {
        applied: [
          { name: { priority: 5, time: 900, random: '0123456789abcdef', attempts: 1 }, path: '/x' },
        ],
        known: 0,
        failed: 1,
        dead: 0,
      },
      1_000,
    );
    expect(sampleMetrics(database, 'w1', tally, 60_000, 500)).toBe(true);
    const rows = database
      .prepare('SELECT name, value FROM metrics WHERE at = 60000 AND worker = ? ORDER BY name')
      .all('w1');
    expect(rows).toEqual([
      { name: 'dead', value: 0 },
      { name: 'failed', value: 1 },
      { name: 'latency_p50_ms', value: 100 },
      { name: 'latency_p95_ms', value: 100 },
      { name: 'processed', value: 1 },
      { name: 'throughput', value: 0.02 },
    ]);
  });

  it('stores nothing for a minute without work', () => {
    const database = testStore();
    const tally = new Tally(0);
    expect(sampleMetrics(database, 'w1', tally, 60_000, 0)).toBe(false);
    tally.lastEventAt = 1_000;
    expect(sampleMetrics(database, 'w1', tally, 120_000, 60_000)).toBe(false);
    expect(database.prepare('SELECT count(*) AS n FROM metrics').get()).toEqual({ n: 0 });
  });
});

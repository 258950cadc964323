import { describe, expect, it } from 'vitest';
import {
  readSessionHealthHistory,
  readWorkerHealthHistory,
  scoreWorkers,
} from '../../../../lib/query/health/health.ts';
import { testStore } from '../../../support/test-store.ts';

const NOW = Date.parse('2026-11-22T12:00:30Z');
const MINUTE = 60_000;

describe('scoreWorkers', () => {
  it('scores each worker, in the order of the list', () => {
    const queue = { pending: 0, delayed: 0, processing: 0, dead: 0 };
    const seen = { pid: 1, mode: 'event-loop', heartbeat: null, leader: false };
    const workers = [
      { ...seen, id: 'w1', state: 'idle', leader: true },
      { ...seen, id: 'w2', state: 'dead' },
    ] as const;
    expect(scoreWorkers({ depth: queue, workers }, NOW, '1')).toMatchObject([
      { id: 'w1', leader: true, score: 100 },
      { id: 'w2', leader: false, score: 0 },
    ]);
  });
});

describe('readWorkerHealthHistory', () => {
  it('has the lowest score of all workers of each minute, oldest first', async () => {
    const database = testStore();
    const add = database.prepare(
      'INSERT INTO metrics (at, worker, name, value) VALUES (?, ?, ?, ?)',
    );
    add.run(NOW - MINUTE, 'w1', 'health', 90);
    add.run(NOW - MINUTE + 900, 'w2', 'health', 70);
    add.run(NOW - MINUTE, 'w1', 'health/slow', 10);
    add.run(NOW, 'w1', 'health', 100);
    add.run(NOW - 99 * MINUTE, 'w1', 'health', 1);
    expect(await readWorkerHealthHistory(database, NOW - 60 * MINUTE)).toEqual([
      { at: '2026-11-22T11:59:00.000Z', score: 70 },
      { at: '2026-11-22T12:00:00.000Z', score: 100 },
    ]);
  });
});

describe('readSessionHealthHistory', () => {
  it('has the samples of one session', async () => {
    const database = testStore();
    const add = database.prepare(
      "INSERT INTO session_health (session_id, at, score, reasons) VALUES (?, ?, ?, '{}')",
    );
    add.run('s1', NOW - MINUTE, 60);
    add.run('s1', NOW, 85);
    add.run('s2', NOW, 10);
    expect(await readSessionHealthHistory(database, 's1', NOW - MINUTE)).toEqual([
      { at: '2026-11-22T11:59:00.000Z', score: 60 },
      { at: '2026-11-22T12:00:00.000Z', score: 85 },
    ]);
  });
});

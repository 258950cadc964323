import { describe, expect, it } from 'vitest';
import { utimesSync, writeFileSync } from 'node:fs';
import { sweep } from '../../../../lib/worker/tasks/sweep.ts';
import { namesIn, testHome } from '../../../support/test-home.ts';
import { testStore } from '../../../support/test-store.ts';

describe('sweep', () => {
  it('deletes what crashed writers left in tmp/, records its id as abandoned, and keeps the young', () => {
    const { queue } = testHome();
    const database = testStore();
    const old = '3_1700000000000_00000000000000aa.a0.json';
    for (const name of [old, 'other-leftover', '3_1700000000000_00000000000000bb.a0.json'])
      writeFileSync(`${queue.tmp}/${name}`, '');
    const longAgo = Date.now() / 1000 - 3_600;
    for (const name of [old, 'other-leftover'])
      utimesSync(`${queue.tmp}/${name}`, longAgo, longAgo);
    expect(sweep(queue, database, 900_000, 42)).toBe(2);
    expect(namesIn(queue.tmp)).toEqual(['3_1700000000000_00000000000000bb.a0.json']);
    expect(database.prepare('SELECT * FROM tombstones').all()).toEqual([
      { id: 'evt_20231114_221320_00000000000000aa', fate: 'abandoned', at: 42 },
    ]);
  });

  it('leaves nothing of its own in tmp/', () => {
    const { queue } = testHome();
    sweep(queue, testStore(), 1_000, 42);
    expect(namesIn(queue.tmp)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { runAllSlices } from '../../../lib/core/sliced.ts';
import { measureRows } from '../../../lib/store/measure-rows.ts';
import { testStore } from '../../support/test-store.ts';

const ROWS = 25_000;

/** A table without a rowid and a key of two columns, and one with a rowid. */
function filled() {
  const database = testStore();
  database.exec(`CREATE TABLE pairs (a TEXT NOT NULL, b INTEGER NOT NULL, at INTEGER, text TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
    CREATE TABLE plain (at INTEGER, text TEXT);
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS - 1})
    INSERT INTO pairs SELECT 'k' || (i % 3), i, i, 'x' FROM n;
    INSERT INTO plain SELECT at, text FROM pairs`);
  return database;
}

describe('measureRows', () => {
  it.each(['pairs', 'plain'])('counts every row of %s once, whatever the slices', (table) => {
    const database = filled();
    const rows = { table, where: 'at < ?2 OR at = ?1', values: [24_000, 20_000], at: 'at' };
    const whole = database
      .prepare(`SELECT count(*) AS n, min(at) AS oldest FROM ${table} WHERE ${rows.where}`)
      .get(...rows.values);
    const found = runAllSlices(measureRows(database, rows));
    expect([found.count, found.oldest]).toEqual([whole?.['n'], whole?.['oldest']]);
    expect(found.count).toBe(20_001);
    expect(found.bytes).toBeGreaterThan(found.count);
  });

  it('pauses every ten thousand rows', () => {
    const work = measureRows(filled(), { table: 'pairs', where: '1', values: [] });
    expect([work.next().done, work.next().done, work.next().done]).toEqual([false, false, true]);
  });

  it('counts a small table without a pause', () => {
    const database = filled();
    const work = measureRows(database, { table: 'plain', where: 'rowid < 5', values: [] });
    database.exec('DELETE FROM plain WHERE rowid > 100');
    expect(work.next()).toMatchObject({ done: true, value: { count: 4, oldest: null } });
  });
});

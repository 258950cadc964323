import { describe, expect, it } from 'vitest';
import { healthRows } from '../../../../lib/features/health/retention.ts';
import { eventRows } from '../../../../lib/store/retention.ts';
import type { RowKind } from '../../../../lib/store/keeper.ts';
import { rowKeeper } from '../../../../lib/store/keeper.ts';
import { runAllSlices } from '../../../../lib/core/sliced.ts';
import { testStore } from '../../../support/test-store.ts';

const DAY = 86_400_000;
const NOW = 1_790_000_000_000;

/** Ages in days of the samples that a clean-up leaves. */
function agesLeft(kind: RowKind, retentionDays: number): readonly number[] {
  const database = testStore();
  for (const age of [1, 5, 29, 31, 80]) {
    const at = NOW - age * DAY;
    database.prepare("INSERT INTO metrics VALUES (?, 'w1', 'health', 100)").run(at);
    database.prepare("INSERT INTO session_health VALUES ('s1', ?, 100, '{}')").run(at);
  }
  const before = NOW - retentionDays * DAY;
  const budget = { before, historyBefore: before, excess: 0, youngest: NOW };
  runAllSlices(rowKeeper(kind, database, 0).plan(budget, NOW)).prune();
  const table = kind === healthRows ? 'session_health' : 'metrics';
  const rows = database.prepare(`SELECT at FROM ${table} ORDER BY at DESC`).all();
  return rows.map(({ at }) => (NOW - Number(at)) / DAY);
}

describe.each([
  ['sessions', healthRows],
  ['workers', eventRows(0)],
])('samples of %s', (_what, kind) => {
  it('are kept for 30 days, less where retention is shorter', () => {
    expect(agesLeft(kind, 90)).toEqual([1, 5, 29]);
    expect(agesLeft(kind, 3)).toEqual([1]);
  });
});

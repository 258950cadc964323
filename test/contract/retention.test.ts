import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Budget } from '../../lib/core/keeper.ts';
import { runAllSlices } from '../../lib/core/sliced.ts';
import { executePlan, planCleanUp } from '../../lib/retention/clean-up.ts';
import { forgetRows } from '../../lib/retention/forget.ts';
import { NO_LIMITS, rowKinds } from '../../lib/retention/keepers.ts';
import type { Database, SqlValue } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { vacuumPages, type RowKind, rowKeeper } from '../../lib/store/keeper.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { inTransaction } from '../../lib/store/transaction.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { testHome } from '../support/test-home.ts';
import { dumpStore, emptyStores, testStore } from '../support/test-store.ts';

const KINDS = rowKinds({ deliveriesKept: 2, archiveKeep: 0 });
const BUDGET: Budget = { before: 100, historyBefore: 60, excess: 0, youngest: 0 };
const EXPIRY = { before: 100, historyBefore: 60, now: 200, written: Number.MAX_SAFE_INTEGER };

describe('keepers of rows', () => {
  it('are one for every table', () => {
    const owned = KINDS.flatMap(({ tables }) => tables);
    expect(owned.toSorted()).toEqual(Object.keys(dumpStore(testStore())).toSorted());
  });

  it('say of each table when its rows go, or why they stay, and delete from no table of another', () => {
    for (const { name, tables, neverByAge = {}, deletions } of KINDS) {
      const goes = new Set(deletions(testStore(), EXPIRY).map(({ table }) => table));
      expect([...goes, ...Object.keys(neverByAge)].toSorted(), name).toEqual(tables.toSorted());
    }
  });

  it('delete what they planned, no row more and no row less', () => {
    const empty = emptyStores();
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const database = filledStore(seed, empty());
        const written = Math.floor(seededRandom(seed)() * 40);
        const keepers = KINDS.map((kind) => rowKeeper(kind, database, written));
        const plans = keepers.map((keeper) => runAllSlices(keeper.plan(BUDGET, 200)));
        const planned = plans.map((plan) => runAllSlices(plan.measure()));
        const before = KINDS.map((kind) => keysOf(database, kind));
        const sizes = keepers.map((keeper) => runAllSlices(keeper.size()));
        const removed = inTransaction(database, () => plans.map((plan) => plan.prune()));
        KINDS.forEach((kind, index) => {
          const left = new Set(keysOf(database, kind));
          const gone = (before[index] ?? []).filter((key) => !left.has(key)).length;
          expect(removed[index], kind.name).toBe(planned[index]?.count);
          expect(gone, kind.name).toBe(planned[index]?.count);
          if (kind.remember !== undefined || kind.name === 'events') return; // these also write
          const keeper = rowKeeper(kind, database, written);
          const freed = (sizes[index]?.bytes ?? 0) - runAllSlices(keeper.size()).bytes;
          expect(freed, kind.name).toBe(planned[index]?.bytes);
        });
        for (const plan of keepers.map((keeper) => runAllSlices(keeper.plan(BUDGET, 200))))
          expect(runAllSlices(plan.measure()).count, `${plan.kind} again`).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it('forget a session in every table, and leave the others', () => {
    const database = filledStore(7);
    const ofSession = (session: string): number =>
      JSON.stringify(dumpStore(database)).split(`"session_id":"${session}"`).length - 1;
    const others = ofSession('session-2');
    expect([ofSession('session-1') > 20, others > 20]).toEqual([true, true]);
    forgetRows(database, new Set(['session-1']));
    expect(database.prepare("SELECT 1 FROM sessions WHERE id = 'session-1'").all()).toEqual([]);
    expect([ofSession('session-1'), ofSession('session-2')]).toEqual([0, others]);
  });

  it('give pages of removed rows back to the disk, a bounded number at a time', () => {
    const { folder } = testHome();
    const database = openStore(folder.store, sqliteDriver());
    onTestFinished(() => database.close());
    const page = 4096;
    for (let n = 0; n < 3; n += 1)
      database
        .prepare(
          "INSERT INTO session_log (id, session_id, at, kind, detail) VALUES (?, 's', 1, 'x', ?)",
        )
        .run(`${n}`, 'x'.repeat(1000 * page));
    const free = (): unknown => database.prepare('PRAGMA freelist_count').get();
    const settings = { ...NO_LIMITS, retention: 1, transcriptsKeep: 1 };
    const parts = { folder, database, settings, now: 2_000, written: EXPIRY.written };
    executePlan(database, runAllSlices(planCleanUp(parts)));
    const { freelist_count: left } = Object(free());
    expect(left).toBeGreaterThan(900);
    expect(left).toBeLessThan(1100);
    expect(vacuumPages(database)).toBe(false);
    expect(free()).toEqual({ freelist_count: 0 });
  });
});

const ROWS_PER_TABLE = 12;

/** Columns that name rows of other tables get names from a small pool, so that rows meet. */
const POOLS: Readonly<Record<string, string>> = {
  'sessions.id': 'session',
  'events.id': 'event',
  'failure_patterns.id': 'pattern',
  session_id: 'session',
  hook_session: 'session',
  claimed_session: 'session',
  event_id: 'event',
  pattern_id: 'pattern',
  command_key: 'command',
  key: 'session',
  subscription: 'subscription',
};

/** A store with rows of every table whose times lie before, at and after the time of the budget. */
function filledStore(seed: number, database = testStore()): Database {
  database.exec('BEGIN');
  const random = seededRandom(seed);
  const pick = <T>(values: readonly [T, ...T[]]): T =>
    values[Math.floor(random() * values.length)] ?? values[0];
  for (const table of KINDS.flatMap(({ tables }) => tables)) {
    const columns = database.prepare('SELECT * FROM pragma_table_info(?)').all(table);
    for (let row = 0; row < ROWS_PER_TABLE; row += 1) {
      const values = columns.map(({ name, type, notnull }): SqlValue => {
        const column = String(name);
        const pool = POOLS[`${table}.${column}`] ?? POOLS[column];
        if (column === 'session_id' && notnull === 0 && random() < 0.3) return null;
        if (column === 'seq') return row + 1;
        if (column === 'state') return pick(['due', 'running', 'done', 'dead', 'discarded']);
        if (column === 'envelope')
          return pick(['{}', '{"metadata":{"replay_of":"event-1"}}', '{"payload":{"a":"ä"}}']);
        if (['projects', 'failed', 'literals'].includes(column)) return type === 'TEXT' ? '[]' : 1;
        if (pool !== undefined) return `${pool}-${Math.floor(random() * 6)}`;
        if (type === 'TEXT') return `${column}-${Math.floor(random() * 8)}`;
        if (['deleted_at', 'confirmed_fix', 'action'].includes(column)) return null;
        return pick([0, 1, 50, 59, 60, 61, 99, 100, 101, 150]);
      });
      const holes = values.map(() => '?').join(', ');
      database.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${holes})`).run(...values);
    }
  }
  database.exec('COMMIT');
  return database;
}

/** The key of every row of a kind, with its table. */
function keysOf(database: Database, { tables }: Pick<RowKind, 'tables'>): readonly string[] {
  return tables.flatMap((table) => {
    const info = database.prepare('SELECT name FROM pragma_table_info(?) WHERE pk > 0').all(table);
    const key = info.map(({ name }) => `"${name}"`).join(', ');
    return database
      .prepare(`SELECT ${key} FROM ${table}`)
      .all()
      .map((row) => `${table} ${JSON.stringify(row)}`);
  });
}

import { describe, expect, it, onTestFinished } from 'vitest';
import { expireRows, ROW_KEEPERS } from '../../lib/retention/row-keepers.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { testHome } from '../support/test-home.ts';
import { dumpStore, testStore } from '../support/test-store.ts';

/** Tables whose rows do not go by age, and why they stay small. */
const NOT_BY_AGE: Readonly<Record<string, string>> = {
  deliveries: 'bounded by their number: pruneDeliveries',
  event_files: 'one row per file of events; goes with the file',
  event_sinks: 'one row per sink',
  failure_needles: 'made again from the patterns',
  routing_advice: 'one row per kind of task',
  schedules: 'one row per schedule',
  tombstones: 'an id that was removed must never come back as new',
  watched_logs: 'one row per log that is watched',
  watched_projects: 'one row per folder that is watched now',
};

const EXPIRY = { before: 100, now: 200, written: Number.MAX_SAFE_INTEGER };

describe('retention', () => {
  it('has exactly one keeper for every table, or a reason why it needs none', () => {
    const owned = [...ROW_KEEPERS.flatMap(({ tables }) => tables), ...Object.keys(NOT_BY_AGE)];
    expect(owned.toSorted()).toEqual(Object.keys(dumpStore(testStore())).toSorted());
  });

  it('removes rows by each keeper from all of its tables and from no other', () => {
    for (const { name, tables, expire } of ROW_KEEPERS) {
      const { database, deletedFrom } = watchedStore();
      expire(database, EXPIRY);
      const foreign = name === 'failures' ? ['refreshes'] : []; // what was to be made for a session that goes
      expect([...deletedFrom].toSorted(), name).toEqual([...tables, ...foreign].toSorted());
    }
  });

  it('gives pages of removed rows back to the disk, a bounded number at a time', () => {
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
    expireRows(database, EXPIRY);
    const { freelist_count: left } = Object(free());
    expect(left).toBeGreaterThan(900);
    expect(left).toBeLessThan(1100);
    expireRows(database, EXPIRY);
    expect(free()).toEqual({ freelist_count: 0 });
  });
});

/** A store with an old session and an old pattern, which tells what is asked of it. */
function watchedStore(): {
  readonly database: Database;
  readonly deletedFrom: ReadonlySet<string>;
} {
  const store = testStore();
  store.exec(`INSERT INTO sessions (id, first_event_at, last_event_at) VALUES ('old', 1, 1);
    INSERT INTO failure_patterns (id, command_key, tool, command, error, needle, is_general, last_at)
    VALUES ('p', 'k', 'Bash', 'c', 'e', '', 0, 1)`);
  const deletedFrom = new Set<string>();
  const database: Database = {
    ...store,
    prepare: (sql) => {
      const table = /DELETE FROM (\w+)/.exec(sql)?.[1];
      if (table !== undefined) deletedFrom.add(table);
      return store.prepare(sql);
    },
  };
  return { database, deletedFrom };
}

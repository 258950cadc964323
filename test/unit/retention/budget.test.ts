import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StateFolder } from '../../../lib/core/state-folder.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import type { Database } from '../../../lib/store/database.ts';
import { openStore } from '../../../lib/store/open-store.ts';
import { namesIn, testHome } from '../../support/test-home.ts';
import { cleanUpAt } from '../../support/test-retention.ts';

const DAY = 86_400_000;
const NOW = 1_790_000_000_000;
const MB = 1_000_000;

describe('the budget', () => {
  it('deletes nothing while the total is within it', () => {
    const { folder, database } = fullHome();
    expect(cleanUpAt({ folder, database, now: NOW, diskBudget: 100 * MB })).toEqual([]);
  });

  it.each([
    ['turned-over logs of ours first', 10, ['log']],
    ['then event logs', 9, ['log', 'log/events']],
    ['then days of the archive', 7, ['log', 'log/events', 'archive/events']],
  ])('takes %s', (_what, most, kinds) => {
    const { folder, database } = fullHome();
    const cleaned = cleanUpAt({ folder, database, now: NOW, diskBudget: most * MB });
    expect(cleaned.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('deletes views and notes of old sessions with the copies, and keeps those of an active session', () => {
    const { folder, database } = fullHome();
    const put = (path: string, ageDays: number): void => {
      mkdirSync(dirname(`${folder.root}/${path}`), { recursive: true });
      writeFileSync(`${folder.root}/${path}`, ' '.repeat(MB));
      const at = (NOW - ageDays * DAY) / 1000;
      utimesSync(`${folder.root}/${path}`, at, at);
      const parent = dirname(`${folder.root}/${path}`);
      utimesSync(parent, (NOW - 9 * DAY) / 1000, (NOW - 9 * DAY) / 1000);
    };
    for (const name of ['views/resume/s1.json', 'views/context/s1.json', 'throttle/s1/ops'])
      put(name, 9);
    for (const name of ['views/resume/s2.json', 'views/context/s2.json', 'throttle/s2/ops'])
      put(name, 0.1);
    cleanUpAt({ folder, database, now: NOW, diskBudget: 9 * MB });
    expect(namesIn(`${folder.views}/resume`)).toEqual(['s2.json']);
    expect(namesIn(`${folder.views}/context`)).toEqual(['s2.json']);
    expect(namesIn(folder.throttle)).toEqual(['s2']);
  });

  it('deletes rows of the store from before the latest sufficient time, then dead letters', () => {
    const { folder, database } = fullHome();
    const sessions = (): readonly unknown[] =>
      database
        .prepare('SELECT id FROM session_log ORDER BY at')
        .all()
        .map(({ id }) => id);
    cleanUpAt({ folder, database, now: NOW, diskBudget: 6 * MB });
    expect(sessions()).toEqual(['20', '10', '2', '0.5']);
    expect(namesIn(`${folder.queue}/dead`)).toHaveLength(2);
    cleanUpAt({ folder, database, now: NOW, diskBudget: 0.1 * MB });
    expect(sessions()).toEqual(['0.5']);
    expect(namesIn(`${folder.queue}/dead`)).toEqual(['young.json']);
  });

  it('deletes sessions from before `retention` before every copy, and all rows after these', () => {
    const { folder, database } = fullHome();
    const metric = database.prepare(
      "INSERT INTO metrics (worker, name, at, value) VALUES ('w', 'x', ?, ?)",
    );
    for (const age of [4, 3]) metric.run(NOW - age * DAY, 1);
    const left = (): readonly unknown[] => [
      database
        .prepare('SELECT id FROM session_log ORDER BY at')
        .all()
        .map(({ id }) => id),
      database.prepare('SELECT at FROM metrics').all().length,
    ];
    const limits = { retention: (5 * DAY) / 1000, transcriptsKeep: (90 * DAY) / 1000 };
    const cleanUp = (most: number) =>
      cleanUpAt({ folder, database, now: NOW, ...limits, diskBudget: most * MB });
    cleanUp(9);
    expect(left()).toEqual([['20', '10', '2', '0.5'], 2]);
    expect(namesIn(folder.log)).toHaveLength(3);
    cleanUp(7);
    expect(left()).toEqual([['2', '0.5'], 2]);
    expect(namesIn(`${folder.archive}/events`)).toHaveLength(2);
    cleanUp(1);
    expect(left()).toEqual([['0.5'], 0]);
  });

  it('deletes the oldest of a kind, and no more than brings the total to 95 %', () => {
    const { folder, database } = fullHome();
    cleanUpAt({ folder, database, now: NOW, diskBudget: 8 * MB });
    expect(namesIn(`${folder.archive}/events`)).toEqual(['2026-09-02.jsonl.gz']);
  });

  it('deletes nothing younger than a day, however much is over', () => {
    const { folder, database } = fullHome();
    cleanUpAt({ folder, database, now: NOW, diskBudget: 1 });
    expect(namesIn(folder.log)).toEqual(['task-events.2026-09-21.jsonl.gz', 'worker.log']);
    expect(database.prepare('SELECT id FROM session_log').all()).toEqual([{ id: '0.5' }]);
  });

  it('deletes nothing more when it runs again', () => {
    const { folder, database } = fullHome();
    cleanUpAt({ folder, database, now: NOW, diskBudget: 6 * MB });
    expect(cleanUpAt({ folder, database, now: NOW, diskBudget: 6 * MB })).toEqual([]);
  });

  it('does not count free pages that are not returned yet, nor the write-ahead log', () => {
    const { folder, database } = fullHome();
    database.exec(`INSERT INTO session_log (id, session_id, at, kind, detail)
      VALUES ('large', 's', ${NOW}, 'x', zeroblob(${20 * MB}));
      DELETE FROM session_log WHERE id = 'large'`);
    expect(cleanUpAt({ folder, database, now: NOW, diskBudget: 15 * MB })).toEqual([]);
  });

  it('records the ids of dead letters that it deletes', () => {
    const { folder, database } = fullHome();
    cleanUpAt({ folder, database, now: NOW, diskBudget: 1 });
    expect(database.prepare("SELECT id FROM tombstones WHERE fate = 'discarded'").all()).toEqual([
      { id: 'evt_20260901_000000_0123456789abcdef' },
    ]);
  });
});

/**
 * About 10 MB: 1 of a turned-over log, 1 of event logs, 2 of archive, 5 in the store, 1 of dead
 * letters.
 */
function fullHome(): { readonly folder: StateFolder; readonly database: Database } {
  const { folder } = testHome();
  const put = (path: string, bytes: number, ageDays: number, text = ''): void => {
    mkdirSync(dirname(`${folder.root}/${path}`), { recursive: true });
    writeFileSync(`${folder.root}/${path}`, text.padEnd(bytes, ' '));
    const at = (NOW - ageDays * DAY) / 1000;
    utimesSync(`${folder.root}/${path}`, at, at);
  };
  put('log/worker.log', 1000, 0);
  put('log/worker.log.1', MB, 3);
  put('log/task-events.2026-09-02.jsonl.gz', MB, 20);
  put('log/task-events.2026-09-21.jsonl.gz', 1000, 0.2);
  put('archive/events/2026-09-01.jsonl.gz', MB, 20);
  put('archive/events/2026-09-02.jsonl.gz', MB, 19);
  const id = 'evt_20260901_000000_0123456789abcdef';
  put('queue/dead/old.json', MB, 20, `{"event_id":"${id}","payload":{}}`);
  put('queue/dead/young.json', 1000, 0.1);
  const database = openStore(folder.store, sqliteDriver());
  onTestFinished(() => database.close());
  for (const age of [40, 20, 10, 2, 0.5])
    database
      .prepare(
        "INSERT INTO session_log (id, session_id, at, kind, detail) VALUES (?, 's', ?, 'x', ?)",
      )
      .run(`${age}`, NOW - age * DAY, 'x'.repeat(MB));
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return { folder, database };
}

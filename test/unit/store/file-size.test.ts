import { statSync } from 'node:fs';
import { onTestFinished, expect, it } from 'vitest';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { vacuumPages } from '../../../lib/store/keeper.ts';
import { openStore } from '../../../lib/store/open-store.ts';
import { emptyLog } from '../../../lib/store/pragmas.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const MEGABYTE = 1_000_000;

it('files of the store become small again after a large transaction and a deletion', () => {
  const path = `${tempFolder()}/waymark.db`;
  const store = openStore(path, sqliteDriver());
  onTestFinished(() => store.close());
  const size = (end = ''): number => statSync(path + end).size;
  const insert = store.prepare(
    "INSERT INTO events (id, type, at, source, envelope, stored_at) VALUES (?, 'a.b', 1, 's', ?, 1)",
  );
  store.exec('BEGIN');
  for (let nth = 0; nth < 3_000; nth += 1) insert.run(`evt_${nth}`, 'x'.repeat(10_000));
  store.exec('COMMIT');
  expect(size('-wal')).toBeGreaterThan(20 * MEGABYTE);
  emptyLog(store);
  expect(size('-wal')).toBe(0);
  expect(size()).toBeGreaterThan(20 * MEGABYTE);

  store.exec('DELETE FROM events');
  for (let turn = 0; turn < 100 && vacuumPages(store); turn += 1);
  emptyLog(store);
  expect(size()).toBeLessThan(MEGABYTE);
});

it('a commit cuts a log that had become larger than its limit', () => {
  const path = `${tempFolder()}/waymark.db`;
  const store = openStore(path, sqliteDriver());
  onTestFinished(() => store.close());
  const insert = store.prepare(
    "INSERT INTO events (id, type, at, source, envelope, stored_at) VALUES (?, 'a.b', 1, 's', ?, 1)",
  );
  store.exec('BEGIN');
  for (let nth = 0; nth < 3_000; nth += 1) insert.run(`evt_${nth}`, 'x'.repeat(10_000));
  store.exec('COMMIT');
  store.exec('PRAGMA wal_checkpoint(RESTART)');
  insert.run('evt_last', 'x');
  expect(statSync(`${path}-wal`).size).toBeLessThan(17 * MEGABYTE);
});

import { describe, expect, it, onTestFinished } from 'vitest';
import { readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database, OpenDatabase } from '../../../lib/store/database.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { StoreFault, type StoreFaultKind } from '../../../lib/store/store-fault.ts';
import { StoreConnection } from '../../../lib/worker/store-connection.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function setUp(open: OpenDatabase = sqliteDriver()) {
  const path = `${tempFolder()}/waymark.db`;
  const time = fakeClock();
  const { log, codes } = memoryLog();
  const outages: StoreFaultKind[] = [];
  const storeConnection = new StoreConnection({
    path,
    open,
    clock: time.clock,
    log,
    onOutage: ({ kind }) => void outages.push(kind),
    migrationBlocker: () => undefined,
  });
  onTestFinished(() => storeConnection.close());
  return { path, storeConnection, ...time, codes, outages };
}

function fault(kind: StoreFaultKind): StoreFault {
  return new StoreFault(kind, `a fault of kind ${kind}`);
}

describe('StoreConnection', () => {
  it('opens the store when it is first asked for, and keeps it open', () => {
    const { storeConnection, path } = setUp();
    const store = storeConnection.get();
    expect(statSync(path).isFile()).toBe(true);
    expect(storeConnection.get()).toBe(store);
    expect(storeConnection.waitMs).toBe(0);
  });

  it('opens the current file after another one replaced it', () => {
    const { storeConnection, path } = setUp();
    const first = storeConnection.get();
    const { storeConnection: other, path: elsewhere } = setUp();
    other.get();
    other.finish();
    renameSync(elsewhere, path);
    const second = storeConnection.get();
    expect(second).not.toBe(first);
    expect(second?.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 0 });
  });

  it('creates a deleted store after a second: perhaps the whole folder is being deleted', () => {
    const { storeConnection, path, advance, codes } = setUp();
    storeConnection.get();
    for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    expect(storeConnection.get()).toBeUndefined();
    expect(storeConnection.waitMs).toBe(1_000);
    advance(999);
    expect(storeConnection.get()).toBeUndefined();
    expect(readdirSync(dirname(path))).toEqual([]);
    expect(codes()).toEqual([]);
    advance(1);
    expect(storeConnection.get()?.prepare('SELECT count(*) AS n FROM events').get()).toEqual({
      n: 0,
    });
    expect(codes()).toEqual(['STORE_REMADE']);
    expect(storeConnection.waitMs).toBe(0);
  });

  it('keeps the open store while the disk does not say whether its file exists', () => {
    const { storeConnection, path } = setUp();
    const store = storeConnection.get();
    const folder = dirname(path);
    renameSync(folder, `${folder}-aside`);
    symlinkSync(folder, folder); // a look at it ends with ELOOP
    expect(storeConnection.get()).toBe(store);
    rmSync(folder);
    renameSync(`${folder}-aside`, folder);
  });

  it('waits after a fault, twice as long each time, at most five seconds', () => {
    const { storeConnection, advance } = setUp();
    const waits = Array.from({ length: 9 }, () => {
      storeConnection.report(fault('FULL'));
      const ms = storeConnection.waitMs;
      expect(storeConnection.get()).toBeUndefined();
      advance(ms);
      expect(storeConnection.get()).toBeDefined();
      return ms;
    });
    expect(waits).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('waits for the next commit to prove that a full disk has space again', () => {
    const { storeConnection, advance, codes } = setUp();
    storeConnection.report(fault('FULL'));
    advance(50);
    expect(storeConnection.get()).toBeDefined();
    expect(storeConnection.fault?.kind).toBe('FULL');
    expect(storeConnection.waitMs, 'nothing to wait for').toBe(0);
    storeConnection.reportSuccess();
    expect(storeConnection.fault).toBeUndefined();
    expect(codes()).toEqual(['STORE_DOWN', 'STORE_BACK']);
  });

  it("counts a lock of another program's as an outage after five seconds, anything else at once", () => {
    const { storeConnection, advance } = setUp();
    storeConnection.report(fault('BUSY'));
    advance(4_999);
    storeConnection.report(fault('BUSY'));
    expect(storeConnection.isUnavailable).toBe(false);
    advance(1);
    storeConnection.report(fault('BUSY'));
    expect(storeConnection.isUnavailable).toBe(true);
    storeConnection.reportSuccess();
    expect(storeConnection.isUnavailable).toBe(false);
    storeConnection.report(fault('IOERR'));
    expect(storeConnection.isUnavailable).toBe(true);
  });

  it('notices by itself that a lock is gone', () => {
    const { storeConnection, advance, path } = setUp();
    storeConnection.get()?.exec('PRAGMA busy_timeout = 0');
    const other = sqliteDriver()(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    storeConnection.report(fault('BUSY'));
    advance(50);
    expect(storeConnection.get(), 'still locked').toBeUndefined();
    other.exec('ROLLBACK');
    advance(storeConnection.waitMs);
    expect(storeConnection.get()).toBeDefined();
    expect(storeConnection.fault).toBeUndefined();
  });

  it('logs an outage once, however often it is tried', () => {
    const { storeConnection, advance, codes } = setUp();
    for (let n = 0; n < 5; n += 1) {
      storeConnection.report(fault('CORRUPT'));
      advance(storeConnection.waitMs);
      storeConnection.get();
    }
    expect(codes()).toEqual(['STORE_DOWN']);
  });

  it('raises an alert once per outage: for a lock only when it lasts, for anything else at once', () => {
    const { storeConnection, advance, outages } = setUp();
    storeConnection.report(fault('BUSY'));
    expect(outages).toEqual([]);
    advance(5_000);
    storeConnection.report(fault('BUSY'));
    storeConnection.report(fault('BUSY'));
    expect(outages).toEqual(['BUSY']);
    storeConnection.reportSuccess();
    storeConnection.report(fault('IOERR'));
    expect(outages).toEqual(['BUSY', 'IOERR']);
  });

  it('starts with short waits again after a success', () => {
    const { storeConnection } = setUp();
    for (let n = 0; n < 6; n += 1) storeConnection.report(fault('FULL'));
    storeConnection.reportSuccess();
    storeConnection.report(fault('FULL'));
    expect(storeConnection.waitMs).toBe(50);
  });

  it('tries again at once when the clock stepped back', () => {
    const { storeConnection, advance } = setUp();
    storeConnection.report(fault('FULL'));
    advance(-86_400_000);
    expect(storeConnection.waitMs).toBe(0);
    expect(storeConnection.get()).toBeDefined();
  });

  it("passes on errors that are not the store's fault", () => {
    const { storeConnection } = setUp(() => {
      throw new Error('no such driver');
    });
    expect(() => storeConnection.get()).toThrow('no such driver');
  });

  it('empties the write-ahead log when it is finished', () => {
    const { storeConnection, path } = setUp();
    storeConnection.get()?.exec("INSERT INTO tombstones VALUES ('a', 'discarded', 1)");
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    storeConnection.finish();
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
  });

  it('closes a store that fails to close', () => {
    const broken: Database = {
      driver: 'libsql',
      exec: () => undefined,
      prepare: () => ({
        run: () => ({ changes: 0 }),
        get: () => ({ user_version: 1 }),
        all: () => [],
      }),
      close: () => {
        throw fault('IOERR');
      },
    };
    const { storeConnection } = setUp(() => broken);
    storeConnection.get();
    expect(() => storeConnection.close()).not.toThrow();
  });
});

import { describe, expect, it, onTestFinished } from 'vitest';
import { readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database, OpenDatabase } from '../../../lib/store/database.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { StoreFault, type StoreFaultKind } from '../../../lib/store/store-fault.ts';
import { StoreKeeper } from '../../../lib/worker/store-keeper.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function setUp(open: OpenDatabase = sqliteDriver()) {
  const path = `${tempFolder()}/waymark.db`;
  const time = fakeClock();
  const { log, codes } = memoryLog();
  const outages: StoreFaultKind[] = [];
  const keeper = new StoreKeeper({
    path,
    open,
    clock: time.clock,
    log,
    onOutage: ({ kind }) => void outages.push(kind),
    whyKept: () => undefined,
  });
  onTestFinished(() => keeper.close());
  return { path, keeper, ...time, codes, outages };
}

function fault(kind: StoreFaultKind): StoreFault {
  return new StoreFault(kind, `a fault of kind ${kind}`);
}

describe('StoreKeeper', () => {
  it('opens the store when it is first asked for, and keeps it open', () => {
    const { keeper, path } = setUp();
    const store = keeper.get();
    expect(statSync(path).isFile()).toBe(true);
    expect(keeper.get()).toBe(store);
    expect(keeper.waitMs).toBe(0);
  });

  it('opens the file that is there now when another took its place', () => {
    const { keeper, path } = setUp();
    const first = keeper.get();
    const { keeper: other, path: elsewhere } = setUp();
    other.get();
    other.finish();
    renameSync(elsewhere, path);
    const second = keeper.get();
    expect(second).not.toBe(first);
    expect(second?.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 0 });
  });

  it('makes a store whose file was removed anew after a second: perhaps the whole folder goes', () => {
    const { keeper, path, advance, codes } = setUp();
    keeper.get();
    for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    expect(keeper.get()).toBeUndefined();
    expect(keeper.waitMs).toBe(1_000);
    advance(999);
    expect(keeper.get()).toBeUndefined();
    expect(readdirSync(dirname(path))).toEqual([]);
    expect(codes()).toEqual([]);
    advance(1);
    expect(keeper.get()?.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 0 });
    expect(codes()).toEqual(['STORE_REMADE']);
    expect(keeper.waitMs).toBe(0);
  });

  it('keeps the open store while the disk does not say whether its file is there', () => {
    const { keeper, path } = setUp();
    const store = keeper.get();
    const folder = dirname(path);
    renameSync(folder, `${folder}-aside`);
    symlinkSync(folder, folder); // a look at it ends with ELOOP
    expect(keeper.get()).toBe(store);
    rmSync(folder);
    renameSync(`${folder}-aside`, folder);
  });

  it('rests after a fault, twice as long after each, five seconds at most', () => {
    const { keeper, advance } = setUp();
    const waits = Array.from({ length: 9 }, () => {
      keeper.report(fault('FULL'));
      const ms = keeper.waitMs;
      expect(keeper.get()).toBeUndefined();
      advance(ms);
      expect(keeper.get()).toBeDefined();
      return ms;
    });
    expect(waits).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('leaves it to the next commit to prove that a full disk has space again, and does not hurry until then', () => {
    const { keeper, advance, codes } = setUp();
    keeper.report(fault('FULL'));
    advance(50);
    expect(keeper.get()).toBeDefined();
    expect(keeper.fault?.kind).toBe('FULL');
    expect(keeper.waitMs, 'nothing to wait for').toBe(0);
    keeper.succeeded();
    expect(keeper.fault).toBeUndefined();
    expect(codes()).toEqual(['STORE_DOWN', 'STORE_BACK']);
  });

  it("counts a lock of another program's as an outage after five seconds, anything else at once", () => {
    const { keeper, advance } = setUp();
    keeper.report(fault('BUSY'));
    advance(4_999);
    keeper.report(fault('BUSY'));
    expect(keeper.isOut).toBe(false);
    advance(1);
    keeper.report(fault('BUSY'));
    expect(keeper.isOut).toBe(true);
    keeper.succeeded();
    expect(keeper.isOut).toBe(false);
    keeper.report(fault('IOERR'));
    expect(keeper.isOut).toBe(true);
  });

  it('knows by itself that a lock is gone', () => {
    const { keeper, advance, path } = setUp();
    keeper.get()?.exec('PRAGMA busy_timeout = 0');
    const other = sqliteDriver()(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    keeper.report(fault('BUSY'));
    advance(50);
    expect(keeper.get(), 'still locked').toBeUndefined();
    other.exec('ROLLBACK');
    advance(keeper.waitMs);
    expect(keeper.get()).toBeDefined();
    expect(keeper.fault).toBeUndefined();
  });

  it('logs an outage once, however often it is tried', () => {
    const { keeper, advance, codes } = setUp();
    for (let n = 0; n < 5; n += 1) {
      keeper.report(fault('CORRUPT'));
      advance(keeper.waitMs);
      keeper.get();
    }
    expect(codes()).toEqual(['STORE_DOWN']);
  });

  it('raises an alert once per outage: for a lock only when it lasts, for anything else at once', () => {
    const { keeper, advance, outages } = setUp();
    keeper.report(fault('BUSY'));
    expect(outages).toEqual([]);
    advance(5_000);
    keeper.report(fault('BUSY'));
    keeper.report(fault('BUSY'));
    expect(outages).toEqual(['BUSY']);
    keeper.succeeded();
    keeper.report(fault('IOERR'));
    expect(outages).toEqual(['BUSY', 'IOERR']);
  });

  it('starts over with short waits after it was well', () => {
    const { keeper } = setUp();
    for (let n = 0; n < 6; n += 1) keeper.report(fault('FULL'));
    keeper.succeeded();
    keeper.report(fault('FULL'));
    expect(keeper.waitMs).toBe(50);
  });

  it('tries again at once when the clock stepped back', () => {
    const { keeper, advance } = setUp();
    keeper.report(fault('FULL'));
    advance(-86_400_000);
    expect(keeper.waitMs).toBe(0);
    expect(keeper.get()).toBeDefined();
  });

  it('lets a fault that is not the store’s through', () => {
    const { keeper } = setUp(() => {
      throw new Error('no such driver');
    });
    expect(() => keeper.get()).toThrow('no such driver');
  });

  it('empties the write-ahead log when it is finished', () => {
    const { keeper, path } = setUp();
    keeper.get()?.exec("INSERT INTO tombstones VALUES ('a', 'discarded', 1)");
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    keeper.finish();
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
  });

  it('closes a store that cannot even be closed', () => {
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
    const { keeper } = setUp(() => broken);
    keeper.get();
    expect(() => keeper.close()).not.toThrow();
  });
});

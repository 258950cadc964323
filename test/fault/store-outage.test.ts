import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { readHeartbeats } from '../../lib/queue/wakeup/heartbeat.ts';
import { eventually } from '../support/eventually.ts';
import { bundlePrograms, type ProgramProcess, type Programs } from '../support/program-process.ts';
import { namesIn, testHome, type TestHome } from '../support/test-home.ts';

const isLong = process.env['WAYMARK_FAULT_LONG'] === '1';
const FLAGS = {
  readTimeout: 0.2,
  readTimeoutMax: 0.2,
  recoverInterval: 0.1,
  heartbeatInterval: 0.05,
};

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

/** Starts a worker that has served already. */
async function servingWorker(home: TestHome): Promise<ProgramProcess> {
  const worker = programs.worker({ home: home.root, flags: FLAGS });
  await eventually('a worker leads', home.hasLeader);
  const id = home.enqueue();
  await eventually('it serves', () => home.isStored(id) && home.isQuiet());
  return worker;
}

/**
 * What an outage must leave alone: nothing is dead, nothing waits for a second attempt, every name
 * still says "never tried".
 */
function expectUnblamed(home: TestHome): void {
  expect(namesIn(home.queue.dead)).toEqual([]);
  expect(namesIn(home.queue.delayed)).toEqual([]);
  const names = namesIn(`${home.queue.pending}/5`);
  expect(names.filter((name) => !name.endsWith('.a0.json'))).toEqual([]);
}

function trouble(home: TestHome): string {
  return String(readHeartbeats(home.folder.heartbeat)[0]?.body['trouble'] ?? '');
}

describe('the store', () => {
  it('locked by another program: entries wait unblamed, and arrive when it lets go', async () => {
    const home = testHome();
    await servingWorker(home);
    const other = sqliteDriver()(home.folder.store);
    onTestFinished(() => other.close());
    other.exec('PRAGMA busy_timeout = 10000'); // until the worker has written what it writes now
    other.exec('BEGIN EXCLUSIVE');
    const ids = Array.from({ length: 300 }, () => home.enqueue());
    await eventually('the worker notices', () => home.logCodes().includes('STORE_DOWN'));
    await sleep(isLong ? 10_000 : 2_000); // how long the other program takes
    await eventually(
      'what was claimed is given back',
      () => namesIn(`${home.queue.pending}/5`).length === ids.length,
    );
    expectUnblamed(home);
    other.exec('ROLLBACK');
    await eventually('everything arrives', () => home.isQuiet() && home.isStored(ids.at(-1) ?? ''));
    expect(home.count("events WHERE type = 'session.prompt_submitted'")).toBe(ids.length + 1);
    await eventually(
      'the worker says so',
      () => home.logCodes().includes('STORE_BACK') && trouble(home) === '',
    );
    expectUnblamed(home);
    if (isLong)
      expect(home.rows("SELECT 1 FROM events WHERE type = 'system.health_alert'").length).toBe(1);
  });

  it('corrupt: entries wait unblamed, an alert is raised, and a fresh store takes everything when the broken one is moved aside', async () => {
    const home = testHome();
    const first = await servingWorker(home);
    first.kill('SIGTERM');
    await first.exited;
    overwrite(home.folder.store);
    programs.worker({ home: home.root, flags: FLAGS });
    const ids = Array.from({ length: 50 }, () => home.enqueue());
    await eventually(
      'the worker notices',
      () => home.logCodes().includes('STORE_DOWN') && trouble(home).startsWith('store:'),
    );
    await eventually('an alert waits', () => namesIn(`${home.queue.pending}/0`).length === 1);
    await eventually(
      'what was claimed is given back',
      () => namesIn(`${home.queue.pending}/5`).length === ids.length,
    );
    expectUnblamed(home);
    renameSync(home.folder.store, `${home.folder.store}.broken`);
    await eventually('everything arrives', () => home.isQuiet() && existsSync(home.folder.store));
    expect(home.count("events WHERE type = 'session.prompt_submitted'")).toBe(ids.length);
    expect(home.count("events WHERE type = 'system.health_alert'")).toBe(1);
    expect(home.rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expectUnblamed(home);
  });

  it('that is no database when the worker starts: the worker waits, and serves as soon as it is gone', async () => {
    const home = testHome();
    writeFileSync(home.folder.store, 'These are no pages at all. '.repeat(400));
    const id = home.enqueue();
    const worker = programs.worker({ home: home.root, flags: FLAGS });
    await eventually('the worker notices', () => trouble(home).includes('not a database'));
    expect(worker.isRunning).toBe(true);
    expectUnblamed(home);
    rmSync(home.folder.store);
    await eventually('the entry arrives', () => home.isQuiet() && home.isStored(id));
  });

  it('that cannot be opened: the worker waits, and serves as soon as it can', async () => {
    const home = testHome();
    mkdirSync(home.folder.store);
    const id = home.enqueue();
    programs.worker({ home: home.root, flags: FLAGS });
    await eventually('the worker notices', () => trouble(home).startsWith('store:'));
    expectUnblamed(home);
    rmSync(home.folder.store, { recursive: true });
    await eventually('the entry arrives', () => home.isQuiet() && home.isStored(id));
  });

  it('removed: the worker makes a new one', async () => {
    const home = testHome();
    await servingWorker(home);
    for (const end of ['', '-wal', '-shm']) rmSync(`${home.folder.store}${end}`, { force: true });
    const id = home.enqueue();
    await eventually('the entry arrives', () => home.isQuiet() && home.isStored(id));
  });

  it('out while nothing waits: the worker sleeps between its tries and does not spin', async () => {
    const home = testHome();
    await servingWorker(home);
    const other = sqliteDriver()(home.folder.store);
    onTestFinished(() => other.close());
    other.exec('PRAGMA busy_timeout = 10000'); // until the worker has written what it writes now
    other.exec('BEGIN EXCLUSIVE');
    const id = home.enqueue();
    await eventually('the worker notices', () => home.logCodes().includes('STORE_DOWN'));
    const before = iteration(home);
    await sleep(1_000);
    expect(iteration(home) - before).toBeLessThan(100);
    other.exec('ROLLBACK');
    await eventually('the entry arrives', () => home.isStored(id));
  });
});

function iteration(home: TestHome): number {
  return Number(readHeartbeats(home.folder.heartbeat)[0]?.body['iteration'] ?? 0);
}

function overwrite(path: string): void {
  const length = statSync(path).size - 4_096; // the first page, with header and schema, stays
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(length, 0x5a), 0, length, 4_096);
  closeSync(fd);
}

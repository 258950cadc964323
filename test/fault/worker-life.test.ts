import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countEffects, effectsRun } from '../support/count-effects.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { requestRefresh } from '../../lib/store/refreshes.ts';
import { inTransaction } from '../../lib/store/transaction.ts';
import { eventually } from '../support/eventually.ts';
import { standStill } from '../support/stand-still.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { namesIn, testHome, type TestHome } from '../support/test-home.ts';

const isLong = process.env['WAYMARK_FAULT_LONG'] === '1';

const FAST = { readTimeout: 0.2, readTimeoutMax: 0.2, recoverInterval: 0.1 };

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

/** What a worker takes at once, however slow the machine is: the time to drain is limited. */
const ONE_BATCH = 64;

/** A worker that has done its first round and sleeps. */
async function settled(home: TestHome): Promise<void> {
  await eventually('a worker leads', home.hasLeader);
  const id = home.enqueue();
  await eventually('it serves', () => home.isStored(id) && home.isQuiet());
}

/**
 * Whether what followed from the entry of {@link settled} is written: its view, its line in log and
 * archive.
 */
function hasWrittenAll({ folder }: TestHome): boolean {
  const written = [`${folder.root}/archive/events`, `${folder.views}/resume`].map(namesIn);
  return written.every((names) => names.length > 0) && namesIn(folder.log).some(isEventLog);
}

function isEventLog(name: string): boolean {
  return name.endsWith('-events.jsonl');
}

/** -1 while nobody reads the pipe. */
function openToWrite(pipe: string): number {
  try {
    return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return -1;
  }
}

function traces(home: TestHome): readonly string[] {
  const visible = namesIn(home.folder.wake).filter((name) => !name.startsWith('.'));
  return [
    ...visible,
    ...namesIn(home.folder.heartbeat),
    ...namesIn(home.queue.processing),
    ...namesIn(home.queue.tmp),
  ];
}

describe('a worker process', () => {
  it('that dies between commit and acknowledgement leaves an entry that comes again and counts once', async () => {
    const home = testHome();
    countEffects(home);
    const id = home.enqueue();
    const victim = programs.worker({ home: home.root, flags: FAST, dieAtCommit: 1 });
    expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(home.isStored(id)).toBe(true);
    expect(home.isQuiet(), 'the entry is still there').toBe(false);
    const next = programs.worker({ home: home.root, flags: FAST, once: true });
    expect((await next.exited).code).toBe(0);
    expect(home.isQuiet()).toBe(true);
    expect(effectsRun(home)).toBe(1);
    expect(home.logCodes()).toContain('ORPHANS_RETURNED');
    expect(namesIn(home.queue.dead)).toEqual([]);
  });

  it('leads alone: of two started at once in the background the other ends quietly', async () => {
    const home = testHome();
    const both = [1, 2].map(() =>
      programs.worker({ home: home.root, flags: FAST, background: true }),
    );
    const first = await Promise.race(
      both.map(async (worker) => ({ worker, ...(await worker.exited) })),
    );
    expect(first.code).toBe(0);
    await eventually('the other leads', home.hasLeader);
    expect(both.filter(({ isRunning }) => isRunning)).toHaveLength(1);
    expect(home.alive()).toHaveLength(1);
  });

  it('in the foreground says who leads, and ends with a failure', async () => {
    const home = testHome();
    const leader = programs.worker({ home: home.root, flags: FAST });
    await eventually('a worker leads', home.hasLeader);
    const other = programs.worker({ home: home.root, flags: FAST });
    expect((await other.exited).code).toBe(1);
    expect(other.stderr).toContain(`worker ${home.alive()[0]} (pid ${leader.pid})`);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'drains at %s and leaves nothing behind',
    async (signal) => {
      const home = testHome();
      const worker = programs.worker({ home: home.root, flags: FAST });
      await eventually('a worker leads', home.hasLeader);
      await standStill(worker, home); // it hears of the entries and of the signal at once
      const ids = Array.from({ length: ONE_BATCH }, () => home.enqueue({ ring: false }));
      worker.kill(signal);
      worker.kill('SIGCONT');
      expect(await worker.exited).toEqual({ code: 0, signal: null });
      expect(ids.filter((id) => !home.isStored(id))).toEqual([]);
      expect(home.count('events')).toBe(ids.length + 2); // and its own start and stop
      expect(traces(home)).toEqual([]);
      expect(home.logCodes().slice(-2)).toEqual(['WORKER_STOPPING', 'WORKER_STOPPED']);
    },
  );

  it('answers a signal between two views, and leaves the rest to the next worker', async () => {
    const home = testHome();
    await programs.worker({ home: home.root, flags: FAST, once: true }).exited;
    const database = sqliteDriver()(home.folder.store);
    const keys = Array.from({ length: 10 }, (_, index) => `session-${index}`);
    inTransaction(database, () => requestRefresh(database, 'resume', keys));
    database.close();
    // whoever reads it waits for a writer
    const slow = `${home.folder.views}/resume/${keys[0]}.json`;
    mkdirSync(dirname(slow), { recursive: true });
    execFileSync('mkfifo', [slow]);
    const worker = programs.worker({ home: home.root, flags: FAST });
    let writer = -1;
    await eventually('it makes the first view', () => {
      writer = openToWrite(slow);
      return writer >= 0;
    });
    worker.kill('SIGTERM');
    await sleep(100); // as long as a view that is slow to make
    closeSync(writer);
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(home.count("refreshes WHERE kind = 'resume'")).toBe(keys.length - 1);
    expect(traces(home)).toEqual([]);
  });

  it('ends at once at the second signal, and loses nothing', async () => {
    const home = testHome();
    const worker = programs.worker({ home: home.root, flags: { ...FAST, batchSize: 1 } });
    await eventually('a worker leads', home.hasLeader);
    await standStill(worker, home); // it must not eat while the backlog grows
    const ids = Array.from({ length: 5_000 }, () => home.enqueue({ ring: false }));
    worker.kill('SIGTERM');
    worker.kill('SIGCONT');
    await eventually('it has heard it', () => home.logCodes().includes('WORKER_STOPPING'));
    worker.kill('SIGTERM');
    expect((await worker.exited).code).toBe(0);
    expect(home.isQuiet(), 'it did not stay for the whole backlog').toBe(false);
    expect(traces(home)).toEqual([]);
    expect((await programs.worker({ home: home.root, flags: FAST, once: true }).exited).code).toBe(
      0,
    );
    expect(home.count("events WHERE source = 'test'")).toBe(ids.length);
  });

  it('keeps what it holds while it is stopped, and finishes it when it goes on', async () => {
    const home = testHome();
    const stopped = programs.worker({ home: home.root, flags: FAST, shared: true });
    await eventually('a worker leads', home.hasLeader);
    await standStill(stopped, home);
    const [holder] = home.alive();
    const held = `${home.queue.processing}/${holder}/5_1700000000000_00000000000000aa.a1.json`;
    writeFileSync(`${home.root}/held`, '{"event_type":"build.failed"}');
    renameSync(`${home.root}/held`, held); // as if it had been stopped with an entry in its hands
    const other = programs.worker({ home: home.root, flags: FAST, shared: true });
    const id = home.enqueue();
    await eventually('the other worker serves', () => home.isStored(id));
    await sleep(500); // several turns of recovery
    expect(existsSync(held)).toBe(true);
    stopped.kill('SIGKILL');
    await stopped.exited;
    await eventually('the other takes the lead and recovers', home.isQuiet);
    expect(home.rows("SELECT count(*) AS n FROM events WHERE type = 'build.failed'")).toEqual([
      { n: 1 },
    ]);
    expect(other.isRunning).toBe(true);
  });

  it('with --once does what waits beside a running worker, and leaves that one alone', async () => {
    const home = testHome();
    const leader = programs.worker({ home: home.root, flags: FAST });
    await settled(home);
    await standStill(leader, home);
    const ids = Array.from({ length: 20 }, () => home.enqueue());
    expect((await programs.worker({ home: home.root, flags: FAST, once: true }).exited).code).toBe(
      0,
    );
    expect(ids.every((id) => home.isStored(id))).toBe(true);
    leader.kill('SIGCONT');
    const later = home.enqueue();
    await eventually('the leader serves on', () => home.isStored(later));
  });

  it('ends when its state folder is removed, and does not make it again', async () => {
    const home = testHome();
    const worker = programs.worker({ home: home.root, flags: FAST });
    await settled(home);
    await eventually('it has nothing left to write', () => hasWrittenAll(home));
    // Held still, as `rm -rf` fails at a folder into which a file is written meanwhile.
    await standStill(worker, home);
    execFileSync('rm', ['-rf', home.root]);
    worker.kill('SIGCONT');
    expect((await worker.exited).code).toBe(0);
    expect(existsSync(home.root)).toBe(false);
  });

  it('ends when its state folder is replaced by another one', async () => {
    const home = testHome();
    const worker = programs.worker({ home: home.root, flags: FAST });
    await settled(home);
    renameSync(home.root, `${home.root}-old`);
    mkdirSync(home.root, { mode: 0o700 });
    expect((await worker.exited).code).toBe(0);
    expect(namesIn(home.root).filter((name) => name !== 'log')).toEqual([]);
    expect(readFileSync(`${home.root}-old/log/worker.log`, 'utf8')).toContain('WORKER_STARTED');
    rmSync(`${home.root}-old`, { recursive: true });
  });

  // The moment decides what the worker is doing: a batch, its views, its index, going to rest.
  it.each([0, 1, 2, 3])('ends whenever that happens, round %i', async (round) => {
    const moments = Array.from({ length: isLong ? 40 : 4 }, (_, index) => index * 100 + round * 25);
    for (const ms of moments) {
      const home = testHome();
      const worker = programs.worker({ home: home.root, flags: FAST });
      await eventually('a worker leads', home.hasLeader);
      const id = home.enqueue();
      await eventually('it serves', () => home.isStored(id));
      await sleep(ms % 400);
      renameSync(home.root, `${home.root}-old`);
      mkdirSync(home.root, { mode: 0o700 });
      expect((await worker.exited).code).toBe(0);
      expect(namesIn(home.root).filter((name) => name !== 'log')).toEqual([]);
      rmSync(`${home.root}-old`, { recursive: true });
    }
  });

  it('makes the queue again when that is removed', async () => {
    const home = testHome();
    const worker = programs.worker({ home: home.root, flags: FAST });
    await eventually('a worker leads', home.hasLeader);
    await standStill(worker, home); // it may write into a folder that is being removed
    rmSync(home.folder.queue, { recursive: true, force: true });
    worker.kill('SIGCONT');
    await eventually('the queue is back', () => existsSync(`${home.queue.pending}/5`));
    const id = home.enqueue();
    await eventually('entries arrive', () => home.isStored(id));
    expect(home.logCodes()).not.toContain('WATCHER_LOST');
  });
});

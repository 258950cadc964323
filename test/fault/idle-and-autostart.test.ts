import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { autostart } from '../../lib/hook/autostart.ts';
import { ringAll } from '../../lib/queue/wakeup/ring.ts';
import { requestStop } from '../../lib/actions/request-stop.ts';
import { readHeartbeats } from '../../lib/queue/wakeup/heartbeat.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { eventually } from '../support/eventually.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { namesIn, readLines, testHome, type TestHome } from '../support/test-home.ts';

const SCRIPT = fileURLToPath(new URL('../../dist/hooks/post-tool-use.cjs', import.meta.url));

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

/**
 * What a hook does when its ring finds no worker; `nth` keeps the tries of one test apart (they are
 * limited to one in ten seconds).
 */
function startAsHook(home: TestHome, nth: number, idleExit = '0.5'): boolean {
  const environment = {
    PATH: process.env['PATH'],
    HOME: home.root,
    XDG_RUNTIME_DIR: home.root,
    WAYMARK_IDLE_EXIT: idleExit,
    WAYMARK_READ_TIMEOUT: '0.1',
  };
  onTestFinished(async () => {
    for (const worker of home.alive())
      await requestStop({ wakeFolder: home.folder.wake, worker, patienceMs: 5_000 });
    await eventually('every worker process is gone', () => startedPids(home).every(isGone));
  });
  return autostart({
    folder: home.folder,
    environment,
    script: SCRIPT,
    node: process.execPath,
    now: nth * 10_000,
    by: 'hook/Stop',
  });
}

function startedPids(home: TestHome): readonly number[] {
  const lines = readLines(`${home.folder.log}/worker.log`).map((line) => JSON.parse(line));
  return lines.filter(({ code }) => code === 'WORKER_STARTED').map(({ pid }) => Number(pid));
}

/** Whether a process has ended: until then a worker whose pipe is closed may write to the store. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

describe('a worker with an idle exit', () => {
  it('ends when there was nothing to do for that long, and leaves nothing behind', async () => {
    const home = testHome();
    const worker = programs.worker({ home: home.root, flags: { idleExit: 0.3 } });
    const id = home.enqueue();
    expect((await worker.exited).code).toBe(0);
    expect(home.isStored(id)).toBe(true);
    expect([
      ...home.alive(),
      ...namesIn(home.folder.heartbeat),
      ...namesIn(home.queue.processing),
    ]).toEqual([]);
  });

  it('stays while an entry waits for its next attempt', async () => {
    const home = testHome();
    writeFileSync(`${home.root}/late`, '{"event_type":"build.failed"}');
    renameSync(
      `${home.root}/late`,
      `${home.queue.delayed}/${Date.now() + 1_500}_5_1700000000000_00000000000000aa.a1.json`,
    );
    const worker = programs.worker({ home: home.root, flags: { idleExit: 0.2 } });
    expect((await worker.exited).code).toBe(0);
    expect(home.count("events WHERE type = 'build.failed'")).toBe(1);
  });
});

describe('on demand', () => {
  it('the hook that finds no live pipe starts a worker; it serves, ends by itself, and the next hook starts another', async () => {
    const home = testHome();
    const first = home.enqueue();
    expect(startAsHook(home, 1)).toBe(true);
    await eventually('the first entry arrives', () => home.isStored(first));
    const [pid] = readHeartbeats(home.folder.heartbeat).map((beat) => beat.pid);
    await eventually('the worker ends for lack of work', () => home.alive().length === 0);
    const second = home.enqueue();
    expect(startAsHook(home, 2)).toBe(true);
    await eventually('the second entry arrives', () => home.isStored(second));
    const [other] = readHeartbeats(home.folder.heartbeat).map((beat) => beat.pid);
    expect(other).not.toBe(pid);
    await eventually('that process ends, too', () => startedPids(home).every(isGone));
    const wishes = home.rows(
      "SELECT source, envelope ->> 'payload' AS payload FROM events WHERE type = 'system.daemon_start_requested'",
    );
    expect(wishes.map(({ source, payload }) => [source, JSON.parse(String(payload))])).toEqual(
      Array.from({ length: 2 }, () => [
        'worker',
        { reason: 'no worker was running', by: 'hook/Stop' },
      ]),
    );
  });

  it('a worker records who asked for it as soon as the store is free, if it was locked at its start', async () => {
    const home = testHome();
    await programs.worker({ home: home.root, once: true }).exited;
    const other = sqliteDriver()(home.folder.store);
    other.exec('BEGIN IMMEDIATE');
    expect(startAsHook(home, 1, '0')).toBe(true);
    await eventually('it leads', home.hasLeader); // and has tried to record its start
    expect(home.count("events WHERE source = 'worker'")).toBe(0);
    other.close();
    await eventually(
      'it records it',
      () => home.count("events WHERE type = 'system.daemon_start_requested'") === 1,
    );
    expect(home.alive()).toHaveLength(1);
  });

  it('starts one worker, however many hooks try', async () => {
    const home = testHome();
    const ids = Array.from({ length: 5 }, () => home.enqueue());
    const started = [1, 1, 1, 2, 3].map((nth) => startAsHook(home, nth));
    expect(started).toEqual([true, false, false, true, true]);
    await eventually('all arrive', () => home.isQuiet() && ids.every((id) => home.isStored(id)));
    await eventually('one is left', () => home.alive().length <= 1);
    expect(home.logCodes().filter((code) => code === 'WORKER_STARTED')).toHaveLength(1);
    await eventually('it ends', () => home.alive().length === 0);
  });

  it('loses no entry to a worker that is just leaving: what rang a live pipe is stored before the worker ends', async () => {
    const home = testHome();
    for (let round = 0; round < 6; round += 1) {
      const worker = programs.worker({
        home: home.root,
        flags: { idleExit: 0.1 },
        background: true,
      });
      await eventually('a worker leads', () => home.hasLeader() || !worker.isRunning);
      let heard = '';
      while (worker.isRunning) {
        await sleep(100 + Math.random() * 12); // about when it wants to leave
        const id = home.enqueue({ ring: false });
        if (ringAll(home.folder.wake) === 0) break; // a hook would start the next worker now
        heard = id;
      }
      await worker.exited;
      if (heard !== '') expect(home.isStored(heard)).toBe(true);
    }
  });
});

describe('a worker that is killed right after a hook has started it', () => {
  it('is followed by another as soon as the next hook runs: what was written meanwhile does not wait ten seconds', async () => {
    const home = testHome();
    const first = home.enqueue();
    expect(startAsHook(home, 1)).toBe(true);
    const [mark] = namesIn(home.folder.wake).filter((name) => name.startsWith('.start-'));
    const pid = Number(readFileSync(`${home.folder.wake}/${mark}`, 'utf8'));
    process.kill(pid, 'SIGKILL');
    await eventually('it is gone', () => isGone(pid));
    const second = home.enqueue();
    expect(startAsHook(home, 1)).toBe(true);
    await eventually('both arrive', () => home.isStored(first) && home.isStored(second));
    await eventually('the worker ends for lack of work', () => home.alive().length === 0);
  });
});

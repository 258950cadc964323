import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { namesIn, testHome, type TestHome } from '../support/test-home.ts';

/** A worker that would sleep for ten minutes if nothing woke it. */
const SLEEPY = { readTimeout: 600, readTimeoutMax: 600 };
const FAST = { readTimeout: 0.2, readTimeoutMax: 0.2, recoverInterval: 0.1 };

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

async function idleWorker(
  home: TestHome,
  flags: Readonly<Record<string, unknown>>,
): Promise<string> {
  programs.worker({ home: home.root, flags });
  await eventually('a worker leads', home.hasLeader);
  const first = home.enqueue();
  await eventually('the first entry arrives', () => home.isStored(first) && home.isQuiet());
  return `${home.folder.wake}/${home.alive()[0]}`;
}

describe('the wake-up pipe of a running worker', () => {
  it('wakes it, far from any time-out', async () => {
    const home = testHome();
    await idleWorker(home, SLEEPY);
    const id = home.enqueue();
    await eventually('the entry arrives', () => home.isStored(id));
  });

  it('may be full: its wake-up is pending, hooks do not block', async () => {
    const home = testHome();
    const pipe = await idleWorker(home, SLEEPY);
    const fd = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      for (let n = 0; n < 64; n += 1) writeSync(fd, Buffer.alloc(1_024, '\n'));
    } catch {
      // full, or the worker was faster
    }
    closeSync(fd);
    const id = home.enqueue();
    await eventually('the entry arrives', () => home.isStored(id));
  });

  it('is made again when it is deleted', async () => {
    const home = testHome();
    const pipe = await idleWorker(home, FAST);
    unlinkSync(pipe);
    const id = home.enqueue();
    await eventually('the entry arrives', () => home.isStored(id));
    await eventually('there is a new pipe', () => home.alive().length === 1);
    expect(`${home.folder.wake}/${home.alive()[0]}`).not.toBe(pipe);
    expect(home.logCodes()).toContain('PIPE_LOST');
    await eventually(
      'one heartbeat, of the new id',
      () => namesIn(home.folder.heartbeat).join() === `${home.alive()[0]}.json`,
    );
  });

  it('is made again when a plain file takes its place, and nothing is written into that file', async () => {
    const home = testHome();
    const pipe = await idleWorker(home, FAST);
    unlinkSync(pipe);
    writeFileSync(pipe, '');
    const id = home.enqueue();
    await eventually('the entry arrives', () => home.isStored(id));
    await eventually('there is a new pipe', () => home.alive().length === 1);
    await eventually(
      'the plain file is cleared away',
      () => namesIn(home.folder.wake).filter((name) => !name.startsWith('.')).length === 1,
    );
  });

  it('is made again when the whole folder goes', async () => {
    const home = testHome();
    await idleWorker(home, FAST);
    rmSync(home.folder.wake, { recursive: true });
    const id = home.enqueue();
    await eventually('the entry arrives', () => home.isStored(id));
    await eventually('there is a new pipe', () => home.alive().length === 1);
  });

  it('is asked for by a worker that a hook starts beside a deaf leader', async () => {
    const home = testHome();
    const pipe = await idleWorker(home, SLEEPY);
    unlinkSync(pipe);
    const id = home.enqueue();
    const started = programs.worker({ home: home.root, flags: SLEEPY, background: true });
    expect((await started.exited).code).toBe(0);
    await eventually('the leader hears again', () => home.alive().length === 1);
    await eventually('the entry arrives', () => home.isStored(id));
  });

  it('is not needed for foreign files: the watcher sees them', async () => {
    const home = testHome();
    await idleWorker(home, SLEEPY);
    writeFileSync(`${home.root}/note`, '{"event_type":"build.failed","payload":{"branch":"main"}}');
    execFileSync('mv', [`${home.root}/note`, `${home.queue.pending}/1_note.json`]);
    await eventually(
      'the file is an event',
      () => home.rows("SELECT 1 FROM events WHERE type = 'build.failed'").length === 1,
    );
  });

  it('can be switched off: then the worker polls, and says so', async () => {
    const home = testHome();
    const flags = { ...SLEEPY, eventLoop: false, watcherRestarts: 0, pollInterval: 20 };
    programs.worker({ home: home.root, flags });
    await eventually('there is a heartbeat', () => namesIn(home.folder.heartbeat).length === 1);
    rmSync(home.queue.pending, { recursive: true }); // takes the watcher down for good
    const id = home.enqueue();
    await eventually('the entry arrives', () => home.isStored(id));
    expect(home.logCodes()).toContain('PIPE_MISSING');
    const beat = JSON.parse(
      readFileSync(`${home.folder.heartbeat}/${namesIn(home.folder.heartbeat)[0]}`, 'utf8'),
    );
    expect(beat.trouble).toBe('the event loop is switched off');
  });
});

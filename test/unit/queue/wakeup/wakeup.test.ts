import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAlive } from '../../../../lib/queue/wakeup/is-alive.ts';
import { type Listener, listen } from '../../../../lib/queue/wakeup/listen.ts';
import { QUIT, RING, ring, ringAll } from '../../../../lib/queue/wakeup/ring.ts';
import { eventually } from '../../../support/eventually.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

interface Heard {
  readonly listener: Listener;
  rings: number;
  quits: number;
  /** Resolves with the next ring. */
  next(): Promise<void>;
}

/** A worker's ear at `folder/name`; closed after the test. */
function listenAt(folder: string, name: string): Heard {
  let wake: () => void = () => undefined;
  let coming = new Promise<void>((resolve) => (wake = resolve));
  const heard: Heard = {
    rings: 0,
    quits: 0,
    next: () => coming,
    listener: listen(folder, name, {
      onRing: () => {
        heard.rings += 1;
        wake();
        coming = new Promise((resolve) => (wake = resolve));
      },
      onQuit: () => (heard.quits += 1),
      onError: (error) => expect.unreachable(error.message),
    }),
  };
  onTestFinished(() => heard.listener.close());
  return heard;
}

/** What is at a path where a pipe should be. */
const IMPOSTORS: ReadonlyArray<readonly [string, (path: string) => unknown]> = [
  ['a plain file', (path) => writeFileSync(path, '')],
  ['a folder', (path) => mkdirSync(path)],
  ['a link to nowhere', (path) => symlinkSync('/nowhere', path)],
  ['nothing', () => undefined],
  ['a pipe that nobody reads', (path) => execFileSync('mkfifo', [path])],
];

describe('a ring', () => {
  it('arrives', async () => {
    const folder = tempFolder();
    const heard = listenAt(folder, 'w1');
    const next = heard.next();
    expect(ringAll(folder)).toBe(1);
    await next;
    expect([heard.rings, heard.quits]).toEqual([1, 0]);
  });

  it('arrives again after its writer has left, also from another process', async () => {
    const folder = tempFolder();
    const heard = listenAt(folder, 'w1');
    for (let round = 1; round <= 3; round += 1) {
      const next = heard.next();
      if (round === 2) execFileSync('/bin/sh', ['-c', 'printf x > "$0"', `${folder}/w1`]);
      else ring(`${folder}/w1`, RING);
      await next;
      expect(heard.rings).toBe(round);
    }
  });

  it('stays in the pipe while its worker pauses, and is read afterwards', async () => {
    const folder = tempFolder();
    const heard = listenAt(folder, 'w1');
    heard.listener.pause();
    expect(ringAll(folder), 'a worker that pauses is alive').toBe(1);
    for (let turns = 0; turns < 20; turns += 1)
      await new Promise((resolve) => setImmediate(resolve));
    expect(heard.rings).toBe(0);
    const next = heard.next();
    heard.listener.resume();
    await next;
    expect(heard.rings).toBe(1);
  });

  it('reaches every worker, and counts those that live', async () => {
    const folder = tempFolder();
    const all = ['w1', 'w2', 'w3'].map((name) => listenAt(folder, name));
    execFileSync('mkfifo', [`${folder}/dead`, `${folder}/.hidden`]);
    writeFileSync(`${folder}/.start-1`, '');
    const next = Promise.all(all.map((heard) => heard.next()));
    expect(ringAll(folder)).toBe(3);
    await next;
  });

  it('counts as received when the pipe is full: its wake-up is pending', () => {
    const folder = tempFolder();
    const pipe = `${folder}/w1`;
    execFileSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reader));
    expect(() => {
      for (;;) writeSync(reader, 'x'.repeat(4_096));
    }).toThrow(expect.objectContaining({ code: 'EAGAIN' }));
    expect([ring(pipe, RING), isAlive(folder, 'w1')]).toEqual([true, true]);
  });

  it('has no listener if the pipe cannot be published: nothing stays open, nothing is left', async () => {
    const folder = tempFolder();
    mkdirSync(`${folder}/w1`);
    const pipes = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length;
    const before = pipes();
    const silent = { onRing: () => undefined, onQuit: () => undefined, onError: () => undefined };
    expect(() => listen(folder, 'w1', silent)).toThrow(
      expect.objectContaining({ syscall: 'rename' }),
    );
    await eventually('the pipe is closed', () => pipes() <= before);
    expect(readdirSync(folder)).toEqual(['w1']);
  });

  it('counts a worker as dead only if the kernel says so: a failed check counts as alive', () => {
    // ENAMETOOLONG is an example for EMFILE, EACCES, EIO
    expect(isAlive(tempFolder(), 'w'.repeat(300))).toBe(true);
  });

  it.each(IMPOSTORS)('at %s is not received, and creates and changes nothing', (_, make) => {
    const folder = tempFolder();
    make(`${folder}/w1`);
    const before = readdirSync(folder);
    expect([ring(`${folder}/w1`, RING), ringAll(folder), isAlive(folder, 'w1')]).toEqual([
      false,
      0,
      false,
    ]);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('does not follow a link to the pipe of another', () => {
    const folder = tempFolder();
    listenAt(folder, 'w1');
    symlinkSync(`${folder}/w1`, `${folder}/link`);
    expect([ring(`${folder}/link`, RING), isAlive(folder, 'link')]).toEqual([false, false]);
  });

  it('is not received by a socket', async () => {
    const folder = tempFolder();
    const server = createServer().listen(`${folder}/w1`);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    expect([ring(`${folder}/w1`, RING), isAlive(folder, 'w1')]).toEqual([false, false]);
  });

  it('finds no worker if none ever ran', () => {
    expect(ringAll(`${tempFolder()}/wake`)).toBe(0);
  });

  it('leaves a plain file unchanged that replaced the pipe', () => {
    const folder = tempFolder();
    const { listener } = listenAt(folder, 'w1');
    rmSync(`${folder}/w1`);
    writeFileSync(`${folder}/w1`, 'mine');
    expect(ringAll(folder)).toBe(0);
    expect(readFileSync(`${folder}/w1`, 'utf8')).toBe('mine');
    listener.close();
    expect(readFileSync(`${folder}/w1`, 'utf8')).toBe('mine');
  });

  it('can ask a worker to stop', async () => {
    const folder = tempFolder();
    const heard = listenAt(folder, 'w1');
    const next = heard.next();
    expect(ring(`${folder}/w1`, QUIT)).toBe(true);
    await next;
    expect([heard.rings, heard.quits]).toEqual([1, 1]);
  });
});

describe('listening', () => {
  it('creates a pipe that only this user can open, and no other file', () => {
    const folder = tempFolder();
    listenAt(folder, 'w1');
    expect(readdirSync(folder)).toEqual(['w1']);
    expect([statSync(`${folder}/w1`).isFIFO(), statSync(`${folder}/w1`).mode & 0o777]).toEqual([
      true,
      0o600,
    ]);
  });

  it('is alive until it is closed, and leaves nothing', () => {
    const folder = tempFolder();
    const { listener } = listenAt(folder, 'w1');
    expect([listener.isIntact(), isAlive(folder, 'w1')]).toEqual([true, true]);
    listener.close();
    expect([listener.isIntact(), isAlive(folder, 'w1'), existsSync(`${folder}/w1`)]).toEqual([
      false,
      false,
      false,
    ]);
    listener.close();
  });

  it.each<readonly [string, (folder: string) => unknown]>([
    ['was removed', (folder) => rmSync(`${folder}/w1`)],
    ['was renamed', (folder) => renameSync(`${folder}/w1`, `${folder}/w2`)],
    [
      'was replaced by a plain file',
      (folder) => [rmSync(`${folder}/w1`), writeFileSync(`${folder}/w1`, '')],
    ],
    [
      'was replaced by another pipe',
      (folder) => [rmSync(`${folder}/w1`), execFileSync('mkfifo', [`${folder}/w1`])],
    ],
    ['went with its folder', (folder) => rmSync(folder, { recursive: true })],
  ])('is not intact when the pipe %s', (_, harm) => {
    const folder = tempFolder();
    const { listener } = listenAt(folder, 'w1');
    harm(folder);
    const left = existsSync(folder) ? readdirSync(folder) : [];
    expect([listener.isIntact(), isAlive(folder, 'w1')]).toEqual([false, false]);
    listener.close();
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual(left);
  });

  it('throws if no pipe can be created', () => {
    const folder = tempFolder();
    writeFileSync(`${folder}/.w1`, '');
    const events = { onRing: () => undefined, onQuit: () => undefined, onError: () => undefined };
    expect(() => listen(folder, 'w1', events)).toThrow();
    expect(() => listen(`${folder}/nowhere`, 'w1', events)).toThrow();
    expect(readdirSync(folder)).toEqual(['.w1']);
  });
});

describe('a process that listened', () => {
  it('is dead as soon as it is killed', async () => {
    const folder = tempFolder();
    const code = `import { listen } from './lib/queue/wakeup/listen.ts';
listen(process.argv[1], 'w1', { onRing() {}, onQuit() {}, onError() {} });
process.send('ready');`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', code, folder],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    await new Promise((resolve) => child.once('message', resolve));
    expect([isAlive(folder, 'w1'), ringAll(folder)]).toEqual([true, 1]);
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGSTOP');
    expect(isAlive(folder, 'w1')).toBe(true);
    child.kill('SIGKILL');
    await gone;
    expect([isAlive(folder, 'w1'), ringAll(folder), existsSync(`${folder}/w1`)]).toEqual([
      false,
      0,
      true,
    ]);
  });
});

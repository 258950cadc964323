import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isRunning } from '../../lib/core/is-running.ts';
import { hookBundles } from '../support/hook-bundles.ts';
import {
  hookErrors,
  hookPlace,
  type HookPlace,
  queuedEvents,
  recordedInput,
  runHookFile,
} from '../support/run-hook.ts';

const bundles = hookBundles();
const SILENT = { status: 0, stdout: '', stderr: '' };

interface Start {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly parent: number;
}

/** A package whose `waymark` records how it was started, and runs for `lifeMs`. */
function fakePackage({ root, home }: HookPlace, lifeMs = 0): void {
  mkdirSync(`${root}/package/dist`, { recursive: true });
  mkdirSync(`${root}/starts`);
  mkdirSync(`${home}/bin`, { recursive: true, mode: 0o700 });
  writeFileSync(`${home}/bin/package`, `${root}/package\n`);
  const program = `const fs = require('node:fs'), { argv, env, pid, ppid } = process;
fs.writeFileSync('${root}/starts/.' + pid, JSON.stringify({ args: argv.slice(2), cwd: process.cwd(), env, parent: ppid }));
fs.renameSync('${root}/starts/.' + pid, '${root}/starts/' + pid);
${lifeMs === 0 ? '' : `setTimeout(() => fs.writeFileSync('${root}/ended', ''), ${lifeMs});`}`;
  writeFileSync(`${root}/package/dist/waymark.cjs`, program);
  writeFileSync(`${root}/package/dist/package.json`, '{"type":"commonjs"}');
}

function startsOf({ root }: HookPlace): readonly Start[] {
  return readdirSync(`${root}/starts`)
    .filter((name) => !name.startsWith('.'))
    .map((name) => JSON.parse(readFileSync(`${root}/starts/${name}`, 'utf8')));
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('Cannot wait any longer');
}

/** The ten seconds in which marks of a start count. */
const window = () => Math.floor(Date.now() / 10_000);

function pidsIn({ home }: HookPlace): readonly number[] {
  return readdirSync(`${home}/wake`).map((mark) =>
    Number(readFileSync(`${home}/wake/${mark}`, 'utf8')),
  );
}

const anyStart = (place: HookPlace) => () => startsOf(place)[0];
const stop = ({ environment }: HookPlace, changes: Readonly<Record<string, string>> = {}) =>
  runHookFile(`${bundles().folder}/stop.cjs`, JSON.stringify(recordedInput('Stop')), {
    ...environment,
    WAYMARK_AUTOSTART: '1',
    ...changes,
  });

describe('autostart', () => {
  it('starts a worker in the state folder, with nothing of the environment that it does not need', async () => {
    const place = hookPlace();
    fakePackage(place);
    const keys = {
      ANTHROPIC_API_KEY: 'k',
      CLAUDE_CODE_SESSION_ID: 's',
      GITHUB_TOKEN: 't',
      NODE_OPTIONS: '',
      SSH_AUTH_SOCK: '/s',
    };
    expect(await stop(place, { ...keys, LC_ALL: 'C', TZ: 'UTC' })).toEqual(SILENT);
    const start = await until(anyStart(place));
    expect(start).toMatchObject({
      args: ['worker', '--background'],
      cwd: place.home,
      env: { WAYMARK_HOME: place.home, HOME: place.environment['HOME'], LC_ALL: 'C', TZ: 'UTC' },
    });
    for (const name of Object.keys(keys)) expect(start.env).not.toHaveProperty(name);
  });

  it('does not wait for the worker, and leaves it no stream to hold open', async () => {
    const place = hookPlace();
    fakePackage(place, 1_500);
    expect(await stop(place)).toEqual(SILENT); // comes back only when all three streams are closed
    expect(existsSync(`${place.root}/ended`)).toBe(false);
    await until(() => (existsSync(`${place.root}/ended`) ? true : undefined));
  });

  it('is tried once by any number of hooks while the started worker lives', async () => {
    const place = hookPlace();
    fakePackage(place, 5_000);
    // a window ends at each full ten seconds
    await until(() => (Date.now() % 10_000 < 6_000 ? true : undefined));
    const before = window();
    await Promise.all(Array.from({ length: 8 }, () => stop(place)));
    await until(anyStart(place));
    expect(window()).toBe(before);
    expect(readdirSync(`${place.home}/wake`)).toEqual([`.start-${before}`]);
    expect(startsOf(place)).toHaveLength(1);
    expect(queuedEvents(place.home)).toHaveLength(8);
  });

  it('is tried three times in ten seconds when each started worker ends at once', async () => {
    const place = hookPlace();
    fakePackage(place);
    await until(() => (Date.now() % 10_000 < 3_000 ? true : undefined));
    const before = window();
    for (let nth = 1; nth <= 5; nth += 1) {
      await stop(place);
      await until(() => (startsOf(place).length >= Math.min(nth, 3) ? true : undefined));
      await until(() => (pidsIn(place).every((pid) => !isRunning(pid)) ? true : undefined));
    }
    expect(window()).toBe(before);
    expect(startsOf(place)).toHaveLength(3);
    expect(readdirSync(`${place.home}/wake`).sort()).toEqual(
      ['', '.1', '.2'].map((nth) => `.start-${before}${nth}`),
    );
  });

  it('is tried again when the hook that tried died before it could', async () => {
    const place = hookPlace();
    fakePackage(place);
    mkdirSync(`${place.home}/wake`, { recursive: true });
    await until(() => (Date.now() % 10_000 < 6_000 ? true : undefined));
    const mark = `${place.home}/wake/.start-${window()}`;
    writeFileSync(mark, '');
    await stop(place);
    expect(startsOf(place)).toEqual([]);
    const longAgo = Date.now() / 1_000 - 3;
    utimesSync(mark, longAgo, longAgo);
    await stop(place);
    await until(anyStart(place));
  });

  it('is tried again later, and leaves one mark behind', async () => {
    const place = hookPlace();
    fakePackage(place);
    mkdirSync(`${place.home}/wake`, { recursive: true });
    for (const old of [1, 2, 3]) writeFileSync(`${place.home}/wake/.start-${old}`, '');
    await stop(place);
    await until(anyStart(place));
    expect(readdirSync(`${place.home}/wake`)).toHaveLength(1);
  });

  it('is left out when a worker listens', async () => {
    const place = hookPlace();
    fakePackage(place);
    mkdirSync(`${place.home}/wake`, { recursive: true });
    execFileSync('mkfifo', [`${place.home}/wake/w1`]);
    const reader = openSync(`${place.home}/wake/w1`, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      await stop(place);
      expect(readdirSync(`${place.home}/wake`)).toEqual(['w1']);
    } finally {
      closeSync(reader);
    }
    await stop(place);
    await until(anyStart(place));
  });

  it('is left out when it is switched off, and when nothing was enqueued', async () => {
    const place = hookPlace();
    fakePackage(place);
    await stop(place, { WAYMARK_AUTOSTART: '0' });
    await runHookFile(`${bundles().folder}/stop.cjs`, '{}', place.environment);
    expect(existsSync(`${place.home}/wake`)).toBe(false);
  });

  it('starts a worker for a queue that is full', async () => {
    const place = hookPlace();
    fakePackage(place);
    mkdirSync(`${place.home}/queue/pending/3`, { recursive: true });
    for (let index = 0; index < 100; index += 1)
      writeFileSync(`${place.home}/queue/pending/3/${'x'.repeat(200)}${index}`, '');
    await stop(place, { WAYMARK_QUEUE_CAP: '10' });
    await until(anyStart(place));
  });

  it('does not disturb the hook when there is nothing to start', async () => {
    const place = hookPlace();
    expect(await stop(place)).toEqual(SILENT);
    expect(queuedEvents(place.home)).toHaveLength(1);
    expect(hookErrors(place.home)).toEqual([]);
  });
});

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringField } from '../../lib/core/json.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { queueDepth } from '../../lib/queue/depth.ts';
import { queueFolder } from '../../lib/queue/queue-folder.ts';
import { readHeartbeats } from '../../lib/queue/wakeup/heartbeat.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { eventually } from '../support/eventually.ts';
import { type HookPlace, hookPlace, recordedInput } from '../support/run-hook.ts';

/** A copy of the build that says to be another one. */
function buildOf(place: HookPlace, build: string): string {
  const copy = `${place.root}/${build}`;
  mkdirSync(copy);
  for (const part of ['dist', 'templates', 'package.json'])
    cpSync(part, `${copy}/${part}`, { recursive: true });
  symlinkSync(`${process.cwd()}/node_modules`, `${copy}/node_modules`);
  writeFileSync(`${copy}/dist/build.json`, JSON.stringify({ build }));
  return copy;
}

/** @returns what it printed. */
function run({ environment, root }: HookPlace, file: string, ...args: string[]): string {
  const place = { env: environment, cwd: `${root}/project`, timeout: 60_000 };
  const { stdout, stderr } = spawnSync(process.execPath, [file, ...args], place);
  return `${stdout}${stderr}`;
}

const leaders = ({ home }: HookPlace): readonly (string | undefined)[] =>
  readHeartbeats(`${home}/heartbeat`)
    .filter(({ leader }) => leader)
    .map(({ body }) => stringField(body, 'version')?.split('+')[1]);

function setUp() {
  const place = hookPlace();
  const [older, newer] = ['older', 'newer'].map((build) => buildOf(place, build));
  onTestFinished(() => void run(place, `${newer}/dist/waymark.cjs`, 'worker', 'stop'));
  const install = (from: string | undefined): string =>
    run(place, `${from}/dist/install-hooks.js`, '--yes', '--no-prove');
  const command = (from: string | undefined, ...args: string[]): string =>
    run(place, `${from}/dist/waymark.cjs`, ...args);
  return { place, older, newer, install, command };
}

describe('a worker of another version', () => {
  it('is replaced by the installer, a command and the start of a session', async () => {
    const { place, older, newer, install, command } = setUp();
    install(older);
    command(older, 'worker', '--detach');
    expect(leaders(place)).toEqual(['older']);
    install(newer);
    expect(leaders(place)).toEqual(['newer']);
    command(older, 'worker', '--detach');
    expect(leaders(place)).toEqual(['older']);
    expect(command(newer, 'status')).toMatch(/of version .*\+older, this is .*\+newer/);
    // at most one start in ten seconds
    for (const name of readdirSync(`${place.home}/wake`))
      if (name.startsWith('.start-')) rmSync(`${place.home}/wake/${name}`);
    spawnSync(`${place.home}/bin/session-start`, {
      env: { ...place.environment, WAYMARK_AUTOSTART: '1' },
      input: JSON.stringify(recordedInput('SessionStart')),
    });
    await eventually('it is replaced', () => leaders(place).join() === 'newer');
  });
});

describe('a store of a later version', () => {
  it('lets worker restart end with 1, though a worker runs and keeps the queue', () => {
    const { place, newer, command } = setUp();
    command(newer, 'worker', '--once');
    const restart = () =>
      spawnSync(process.execPath, [`${newer}/dist/waymark.cjs`, 'worker', 'restart'], {
        env: place.environment,
        cwd: `${place.root}/project`,
      }).status;
    expect(restart()).toBe(0);
    command(newer, 'worker', 'stop');
    const store = sqliteDriver()(`${place.home}/waymark.db`);
    store.exec('PRAGMA user_version = 99');
    store.close();
    expect(restart()).toBe(1);
  });

  it('is named with the remedy, and no start of a worker queues more', () => {
    const { place, newer, command } = setUp();
    command(newer, 'worker', '--once');
    const store = sqliteDriver()(`${place.home}/waymark.db`);
    store.exec('PRAGMA user_version = 99');
    store.close();
    for (let start = 0; start < 3; start += 1)
      expect(command(newer, 'worker', 'restart')).toContain('runs in the background');
    const queue = queueFolder(stateFolderAt(place.home).queue);
    expect(queueDepth(queue)).toMatchObject({ pending: 0, delayed: 0, dead: 0 });
    command(newer, 'emit', 'user.test');
    expect(queueDepth(queue)).toMatchObject({ pending: 1 });
    for (const asked of ['status', 'doctor', 'sessions']) {
      const said = command(newer, asked);
      expect(said).toContain('a later waymark wrote it (version 99');
      expect(said).toContain('Upgrade waymark: this store was written by a later version.');
      expect(said).not.toContain('Check permissions');
    }
    expect(command(newer, 'worker', 'log')).toContain('its version is 99');
  });
});

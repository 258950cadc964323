import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { timeHooks } from '../../lib/actions/time-hooks.ts';
import { listFilesBelow } from '../../lib/core/file-keeper.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { SAMPLE_PREFIX } from '../../lib/events/sample.ts';
import { HOOKS } from '../../lib/hook/manifest.ts';
import { listLivePipes } from '../../lib/query/workers.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStoreForReading } from '../../lib/store/open-store.ts';
import { hookPlace } from '../support/run-hook.ts';

const ROUNDS = 2;

describe('the proof of the installer', () => {
  it('leaves nothing behind, and never fails for what an earlier one left', () => {
    const { environment, home, root } = hookPlace();
    const run = (...args: readonly string[]): void => {
      const { status, stdout } = spawnSync(
        process.execPath,
        [`${process.cwd()}/dist/install-hooks.js`, '--yes', ...args],
        { env: environment, cwd: `${root}/project` },
      );
      expect(status, String(stdout)).toBe(0);
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      run();
      run();
      expect(traces(home)).toEqual([]);
      run('--uninstall');
    }
  });
});

describe('waymark doctor', () => {
  it('proves the installed hooks, leaves nothing of the sample, and no worker', () => {
    const { environment, home, root } = hookPlace();
    const run = (file: string, ...args: readonly string[]): string => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [`${process.cwd()}/dist/${file}`, ...args],
        { env: environment, cwd: `${root}/project`, encoding: 'utf8' },
      );
      expect(status, stdout + stderr).toBe(0);
      return stdout;
    };
    run('install-hooks.js', '--yes', '--no-prove');
    expect(JSON.parse(run('waymark.cjs', 'doctor', '--prove', '--json'))).toMatchObject({
      ok: true,
    });
    expect(traces(home)).toEqual([]);
    expect(listLivePipes(`${home}/wake`)).toEqual([]);
  });

  it('times every installed hook in a state folder of its own', async () => {
    const { environment, home, root } = hookPlace();
    const run = (file: string, ...args: readonly string[]): string =>
      spawnSync(process.execPath, [`${process.cwd()}/dist/${file}`, ...args], {
        ...{ env: environment, cwd: `${root}/project`, encoding: 'utf8' },
      }).stdout;
    run('install-hooks.js', '--yes', '--no-prove');
    const before = listFilesBelow(home, '').map(({ path }) => path);
    const settings = `${root}/home/.claude/settings.json`;
    const folder = stateFolderAt(home, environment);
    const { hooks } = await timeHooks({ settings, folder, environment, rounds: 1 });
    expect(hooks).toHaveLength(HOOKS.length);
    expect(hooks.filter(({ problem }) => problem !== null)).toEqual([]);
    const { Stop } = JSON.parse(readFileSync(settings, 'utf8')).hooks;
    writeFileSync(`${root}/one.json`, JSON.stringify({ hooks: { Stop } }));
    const args = ['doctor', '--time-hooks', '--json', '--settings', `${root}/one.json`];
    expect(JSON.parse(run('waymark.cjs', ...args)).own).toMatchObject([
      { hooks: [{ event: 'Stop', problem: null }] },
    ]);
    expect(listFilesBelow(home, '').map(({ path }) => path)).toEqual(before);
  });
});

/** Files and rows in which a sample session is named. */
function traces(home: string): readonly string[] {
  const files = listFilesBelow(home, '')
    .filter(({ path }) => !/^(?:bin|package|waymark)/.test(path))
    .filter(({ path }) =>
      `${path} ${readFileSync(`${home}/${path}`, 'utf8')}`.includes(SAMPLE_PREFIX),
    )
    .map(({ path }) => path);
  const database = openStoreForReading(`${home}/waymark.db`, sqliteDriver());
  const tables =
    database?.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() ?? [];
  const rows = tables.flatMap(({ name }) => {
    const found = database?.prepare(`SELECT * FROM "${String(name)}"`).all() ?? [];
    return found.filter((row) => JSON.stringify(row).includes(SAMPLE_PREFIX)).map(() => `${name}`);
  });
  database?.close();
  return [...files, ...rows];
}

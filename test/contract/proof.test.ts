import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../../lib/core/file-keeper.ts';
import { SAMPLE_PREFIX } from '../../lib/events/sample.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStoreForReading } from '../../lib/store/open-store.ts';
import { hookPlace } from '../support/run-hook.ts';

const ROUNDS = 4;

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

/** Files and rows in which a sample session is named. */
function traces(home: string): readonly string[] {
  const files = filesBelow(home, '')
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

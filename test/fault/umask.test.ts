import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedInput } from '../support/run-hook.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Root reads and writes whatever the mode says; as root the programs run as this user. */
const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;
const CAN_BECOME = IS_ROOT && spawnSync('setpriv', ['--version']).status === 0;
const DIST = resolve('dist');

/** A machine of a user whose umask is `mask`. */
function machine(mask: string) {
  const root = tempFolder();
  const home = join(root, 'home');
  const state = join(home, 'state');
  mkdirSync(home, { mode: 0o700 });
  mkdirSync(join(home, '.claude'));
  writeFileSync(join(home, '.claude/settings.json'), '{}\n');
  if (IS_ROOT)
    for (const path of ['', '/home', '/home/.claude', '/home/.claude/settings.json'])
      chownSync(`${root}${path}`, NOBODY, NOBODY);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    WAYMARK_HOME: state,
    WAYMARK_AUTOSTART: '0',
  };
  const become = IS_ROOT
    ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
    : [];
  const run = (command: readonly string[], input = '') => {
    const words = ['sh', '-c', 'umask "$0"; exec "$@"', mask, ...command];
    const [program = 'sh', ...args] = [...become, ...words];
    return spawnSync(program, args, { cwd: home, env, input, encoding: 'utf8' });
  };
  return { state, run, node: (...args: readonly string[]) => [process.execPath, ...args] };
}

/**
 * Everything below the state folder that others can reach, or its owner cannot. The package's copy
 * is the package's matter.
 */
function wrongModes(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const mode = lstatSync(path).mode & 0o777;
    if (entry.isSymbolicLink() || entry.name === 'package') return [];
    const isRight = (mode & 0o077) === 0 && (mode & 0o600) === 0o600;
    const here = isRight ? [] : [`${path} ${mode.toString(8)}`];
    return entry.isDirectory() ? [...here, ...wrongModes(path)] : here;
  });
}

describe.skipIf(!existsSync(`${DIST}/waymark.cjs`) || (IS_ROOT && !CAN_BECOME))('umask', () => {
  it.each(['777', '277', '077', '022', '000'])(
    '%s loses nothing and opens nothing: hook, worker, commands, installer',
    (mask) => {
      const { state, run, node } = machine(mask);
      const waymark = node(`${DIST}/waymark.cjs`);
      const installed = run([...node(`${DIST}/install-hooks.cjs`), '--yes', '--no-color']);
      expect(installed).toMatchObject({ status: 0, stderr: '' });
      const input = JSON.stringify(recordedInput('Stop'));
      for (const hook of [[`${state}/bin/stop`], node(`${DIST}/hooks/stop.cjs`)])
        expect(run(hook, input)).toMatchObject({ status: 0, stdout: '', stderr: '' });
      expect(run([...waymark, 'config', 'set', 'idleExit', '60'])).toMatchObject({ status: 0 });
      expect(run([...waymark, 'worker', '--once'])).toMatchObject({ status: 0 });
      const { status, stdout } = run([...waymark, 'status', '--json']);
      expect(status).toBe(0);
      expect(JSON.parse(stdout).ledger).toMatchObject({ captured: 2, stored: 2, gaps: 0 });
      expect(wrongModes(state)).toEqual([]);
      expect(lstatSync(state).mode & 0o777).toBe(0o700);
    },
  );
});

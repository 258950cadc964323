import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { listRecoveryPaths } from '../support/recovery.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { noMount } from './disk/mount.ts';

const PROGRAM = resolve('dist/install-hooks.cjs');
const IS_ROOT = process.getuid?.() === 0;
const VICTIM = 65_533;
const NOBODY = 65_534;

interface Machine {
  readonly home: string;
  readonly state: string;
  readonly settings: string;
  readonly env: Record<string, string>;
}

function machine(): Machine {
  const home = join(tempFolder(), "the user's home");
  mkdirSync(`${home}/.claude`, { recursive: true });
  chmodSync(join(home, '..'), 0o755);
  const state = `${home}/state`;
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, WAYMARK_HOME: state };
  return { home, state, settings: `${home}/.claude/settings.json`, env };
}

describe.skipIf(!existsSync(PROGRAM))('install', () => {
  it('is done once by six that run at once, from a package that must be copied', async () => {
    const { home, state, settings, env } = machine();
    writeFileSync(settings, '{"model":"x"}\n');
    const cached = join(home, 'node_modules/.cache/_npx/1/node_modules/waymark');
    mkdirSync(cached, { recursive: true });
    for (const part of ['dist', 'templates', 'package.json'])
      spawnSync('cp', ['-r', resolve(part), `${cached}/${part}`]);
    for (const name of readdirSync('node_modules'))
      symlinkSync(resolve('node_modules', name), join(cached, '..', name));
    const ends = Array.from({ length: 6 }, async () => {
      const args = [`${cached}/dist/install-hooks.cjs`, '--yes', '--no-prove'];
      const child = spawn(process.execPath, args, { cwd: home, env, stdio: 'pipe' });
      let stderr = '';
      child.stderr.on('data', (text) => (stderr += String(text)));
      child.stdout.resume();
      const [status]: unknown[] = await once(child, 'close');
      return { status, stderr };
    });
    expect(await Promise.all(ends)).toEqual(ends.map(() => ({ status: 0, stderr: '' })));
    const { model, hooks } = JSON.parse(readFileSync(settings, 'utf8'));
    expect(model).toBe('x');
    expect(Object.values(hooks).every((groups) => Array.isArray(groups))).toBe(true);
    const commands = [
      ...readFileSync(settings, 'utf8').matchAll(/"command": ?"[^"]*\/bin\/[\w-]+"/g),
    ];
    expect(new Set(commands.map(String)).size).toBe(commands.length);
    expect(readdirSync(`${state}/bin`)).toContain('stop');
    const copies = existsSync(`${state}/package`) ? readdirSync(`${state}/package`) : [];
    expect(copies.filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it.skipIf(noMount !== undefined)(
    'names a settings file that is mounted by itself, and leaves it and the folder as they were',
    () => {
      const { home, state, settings, env } = machine();
      writeFileSync(settings, '{}\n');
      const script = 'mount --bind "$0" "$0" && exec "$@"';
      const words = ['-m', 'sh', '-c', script, settings];
      const run = spawnSync(
        'unshare',
        [...words, process.execPath, PROGRAM, '--yes', '--no-prove'],
        { cwd: home, env, encoding: 'utf8' },
      );
      expect(run.status).toBe(1);
      expect(run.stderr).toContain(`Cannot replace ${settings}: it is mounted as a single file`);
      expect(run.stderr).toContain(`Mount its folder, ${home}/.claude, instead of the file`);
      expect(readFileSync(settings, 'utf8')).toBe('{}\n');
      expect(readdirSync(`${home}/.claude`)).toEqual(['settings.json']);
      expect(existsSync(`${state}/install`) ? readdirSync(`${state}/install`) : []).toEqual([]);
    },
  );
});

/** Takes the folders in turn for a link to the second argument and back, until it is killed. */
const SWAPPER = `
const fs = require('node:fs');
const [outside, ...paths] = process.argv.slice(1);
process.umask(0);
for (const path of paths) fs.mkdirSync(path + '/tmp', { recursive: true });
console.log('ready');
for (;;) for (const path of paths) for (const at of [path, path + '/tmp']) {
  try { fs.renameSync(at, at + '.x'); fs.symlinkSync(outside, at); fs.unlinkSync(at); fs.renameSync(at + '.x', at); } catch {}
}`;

const canAttack =
  IS_ROOT && process.platform === 'linux' && spawnSync('setpriv', ['--version']).status === 0;

describe.skipIf(!existsSync(PROGRAM) || !canAttack)('purge while another user attacks', () => {
  it('deletes nothing outside, ends with 0, and names what it left', async () => {
    const { home, state, env } = machine();
    mkdirSync(`${home}/precious`);
    for (let index = 0; index < 50; index += 1) writeFileSync(`${home}/precious/${index}`, '');
    spawnSync('chown', ['-R', `${VICTIM}:${VICTIM}`, home]);
    chownSync(home, VICTIM, VICTIM);
    const as = ['setpriv', `--reuid=${VICTIM}`, `--regid=${VICTIM}`, '--clear-groups'];
    const install = (...args: readonly string[]) =>
      spawnSync(as[0] ?? '', [...as.slice(1), process.execPath, PROGRAM, '--yes', ...args], {
        cwd: home,
        env,
        encoding: 'utf8',
      });
    expect(install('--no-prove')).toMatchObject({ status: 0, stderr: '' });
    const places = stateFolderAt(state, env).recovery;
    const paths = listRecoveryPaths({ ...places, user: `waymark-${VICTIM}` }).filter(
      (path) => /^\/(?:var\/)?tmp\//.test(path) && !path.includes('/run/'),
    );
    const tops = paths.map((path) =>
      path
        .split('/')
        .slice(0, path.startsWith('/var') ? 4 : 3)
        .join('/'),
    );
    const remove = () => {
      for (const top of tops)
        for (const path of [top, `${top}.x`]) rmSync(path, { recursive: true, force: true });
    };
    remove();
    onTestFinished(remove);
    const swapper = spawn(process.execPath, ['-e', SWAPPER, `${home}/precious`, ...paths], {
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: '/',
      uid: NOBODY,
      gid: NOBODY,
    });
    onTestFinished(() => void swapper.kill('SIGKILL'));
    await once(swapper.stdout, 'data');
    const run = install('--uninstall', '--purge');
    swapper.kill('SIGKILL');
    await once(swapper, 'close');
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('Not deleted, because it is not yours or the system refused:');
    expect(readdirSync(`${home}/precious`)).toHaveLength(50);
    expect(existsSync(state)).toBe(false);
  });
});

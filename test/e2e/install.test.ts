import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOOKS } from '../../lib/hook/manifest.ts';
import { OTHERS } from '../unit/claude/settings/sample-settings.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

interface Place {
  readonly root: string;
  readonly project: string;
  readonly settings: string;
  readonly state: string;
  readonly environment: Record<string, string>;
  /** On standard error, while the tarball was installed. */
  readonly npmSaid: string;
}

/** The packed tarball, installed into an empty project, beside a home with hand-written settings. The build must be there. */
function installTarball(): Place {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-e2e-')));
  const project = join(root, 'the project');
  const home = join(root, "jörg o'neil");
  for (const folder of [project, join(home, '.claude')]) mkdirSync(folder, { recursive: true });
  const settings = join(home, '.claude/settings.json');
  writeFileSync(settings, OTHERS, { mode: 0o640 });
  const packed = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', root],
    { cwd: REPOSITORY, encoding: 'utf8' },
  );
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  const tarball = join(root, JSON.parse(packed)[0].filename);
  const installed = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline', tarball],
    { cwd: project, encoding: 'utf8' },
  );
  const { HOME: _, CLAUDE_CONFIG_DIR: __, WAYMARK_HOME: ___, ...rest } = process.env;
  const state = join(home, '.state/way mark');
  const environment = {
    ...defined(rest),
    HOME: home,
    WAYMARK_HOME: state,
    npm_config_offline: 'true',
  };
  return { root, project, settings, state, environment, npmSaid: installed.stderr };
}

function removePlace({ root, project, environment }: Place): void {
  const waymark = join(project, 'node_modules/waymark/dist/waymark.cjs');
  spawnSync('node', [waymark, 'worker', 'stop'], { env: environment });
  rmSync(root, { recursive: true, force: true });
}

/** Runs `npx install-hooks` where the tarball is installed, and reads what it prints. */
function npx(place: Place, ...args: string[]) {
  const run = spawnSync('npx', ['--no', '--', 'install-hooks', ...args, '--json'], {
    cwd: place.project,
    env: place.environment,
    encoding: 'utf8',
  });
  return {
    status: run.status,
    stderr: run.stderr,
    result: run.stdout === '' ? undefined : JSON.parse(run.stdout),
  };
}

function defined(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

describe('the packed tarball', () => {
  let place: Place;
  beforeAll(() => {
    place = installTarball();
  }, 180_000);

  afterAll(() => removePlace(place));

  it('is installed without a warning, least of all of install scripts', () => {
    expect(place.npmSaid).toBe('');
  });

  it('has the pages that waymark docs shows, and the table for completion', () => {
    const run = (...args: string[]) =>
      spawnSync('npx', ['--no', '--', 'waymark', ...args], {
        cwd: place.project,
        env: place.environment,
        encoding: 'utf8',
      });
    expect(run('docs').stdout).toContain('How do I install it');
    for (const topic of ['installing', 'examples', 'contributing', 'decisions/0031'])
      expect(run('docs', topic)).toMatchObject({ status: 0, stderr: '' });
    expect(run('completion', '--for', 'zsh', '--', 'docs', 'instal').stdout).toMatch(
      /^installing\t/,
    );
  }, 180_000);

  it('shows its help and refuses wrong usage', () => {
    const run = (...args: string[]) =>
      spawnSync('npx', ['--no', '--', 'install-hooks', ...args], {
        cwd: place.project,
        env: place.environment,
        encoding: 'utf8',
        input: '',
      });
    expect(run('--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Examples:'),
    });
    expect(run('--scope', 'world')).toMatchObject({ status: 2, stdout: '' });
    expect(run()).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('--yes'),
    });
    expect(readFileSync(place.settings, 'utf8')).toBe(OTHERS);
  }, 180_000);

  it('installs, proves itself, changes nothing the second time, survives the loss of the package, and goes without a trace', () => {
    const before = statSync(place.settings);

    const first = npx(place, '--yes', '--scope', 'user');
    expect(first).toMatchObject({
      status: 0,
      result: { changed: true, added: HOOKS.length, removed: 0, proof: { ok: true } },
    });
    expect(Date.parse(first.result.proof.storedAt)).toBeGreaterThanOrEqual(
      Date.parse(first.result.proof.sentAt),
    );
    expect(statSync(place.settings)).toMatchObject({
      mode: before.mode,
      uid: before.uid,
      gid: before.gid,
    });
    const installed = readFileSync(place.settings, 'utf8');
    expect(installed).toContain('"model":   "opus"');

    expect(npx(place, '--yes', '--scope', 'user')).toMatchObject({
      status: 0,
      result: { changed: false, added: 0, removed: 0 },
    });
    expect(readFileSync(place.settings, 'utf8')).toBe(installed);

    renameSync(join(place.project, 'node_modules'), join(place.project, 'moved'));
    for (const { name, event } of HOOKS) {
      const payload = JSON.stringify({
        session_id: 'moved',
        transcript_path: '/nowhere',
        cwd: place.project,
        hook_event_name: event,
      });
      const hook = spawnSync(join(place.state, 'bin', name), [], {
        input: `${payload}\n`,
        env: place.environment,
        encoding: 'utf8',
      });
      expect({ name, status: hook.status }).toEqual({ name, status: 0 });
    }
    renameSync(join(place.project, 'moved'), join(place.project, 'node_modules'));

    expect(npx(place, '--yes', '--uninstall')).toMatchObject({
      status: 0,
      result: { changed: true, removed: HOOKS.length },
    });
    expect(readFileSync(place.settings)).toEqual(Buffer.from(OTHERS));
    expect(readdirSync(join(place.settings, '..'))).toEqual(['settings.json']);
    expect(existsSync(join(place.state, 'bin'))).toBe(false);

    npx(place, '--yes', '--uninstall', '--purge');
    expect(existsSync(place.state)).toBe(false);
  }, 180_000);
});

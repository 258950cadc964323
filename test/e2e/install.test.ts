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
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOOKS } from '../../lib/hook/manifest.ts';
import { queuedEvents } from '../support/run-hook.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { OTHERS } from '../unit/claude/settings/sample-settings.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

const CONSUMER = `
import { createEvent, defineHandler, emit, isOfType, WaymarkError, type EventTypeName, type PayloadOf } from 'waymark';

const payload: PayloadOf<'task.failed'> = { call: { tool: 'Bash', outcome: 'failed' } };
const made = createEvent('task.failed', payload, { priority: 'high', tags: ['nightly'] });
const tool: string | undefined = made.payload.call?.tool;
const name: EventTypeName = 'worker.heartbeat';
const alias: 'routing.decision_made' = createEvent('routing.decision').event_type;

// @ts-expect-error a tool is a text
export const wrongTool: PayloadOf<'task.failed'> = { call: { tool: 5 } };
// @ts-expect-error an outcome is one of two words
export const wrongWord: PayloadOf<'task.failed'> = { call: { outcome: 'maybe' } };
// @ts-expect-error a session has an id
export const noSession: PayloadOf<'session.started'> = {};

export const handler = defineHandler({
  on: ['task.failed', 'task.completed'],
  async handle(event, context) {
    const id: string | undefined = event.payload.session_id;
    if (event.event_type === 'task.failed') context.log(event.payload.call?.tool ?? 'a turn');
    await context.emit({ type: 'mine.noted', payload: { id } });
  },
});

try {
  console.log(emit(made), emit('build.failed', { job: 'lint' }), tool, name, alias, isOfType(made, 'task.failed'));
} catch (error) {
  if (error instanceof WaymarkError) console.error(error.code, error.remedy);
}
`;

interface Place {
  readonly root: string;
  readonly project: string;
  readonly settings: string;
  readonly state: string;
  readonly environment: Record<string, string>;
  /** On standard error, while the tarball was installed. */
  readonly npmSaid: string;
}

/**
 * The packed tarball, installed into an empty project, beside a home with hand-written settings.
 * The build must be there.
 */
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

/**
 * Runs a program of the package where the tarball is installed: what `npx` does, without the half
 * second that it takes.
 */
function run(place: Place, program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    join(place.project, 'node_modules/.bin', program),
    args,
    { cwd: place.project, env: place.environment, encoding: 'utf8', input: '' },
  );
  return { status, stdout, stderr };
}

/** Runs `install-hooks`, and reads what it prints. */
function install(place: Place, ...args: readonly string[]) {
  return withResult(run(place, 'install-hooks', ...args, '--json'));
}

/** The same by `npx`, as the README says. */
function npx(place: Place, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    'npx',
    ['--no', '--', 'install-hooks', ...args, '--json'],
    { cwd: place.project, env: place.environment, encoding: 'utf8' },
  );
  return withResult({ status, stdout, stderr });
}

function withResult({ status, stdout, stderr }: ReturnType<typeof run>) {
  return { status, stderr, result: stdout === '' ? undefined : JSON.parse(stdout) };
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
    const waymark = (...args: readonly string[]) => run(place, 'waymark', ...args);
    expect(waymark('docs').stdout).toContain('How do I install and uninstall it');
    for (const topic of ['installing', 'examples', 'contributing', 'decisions/0031'])
      expect(waymark('docs', topic)).toMatchObject({ status: 0, stderr: '' });
    expect(waymark('completion', '--for', 'zsh', '--', 'docs', 'instal').stdout).toMatch(
      /^installing\t/,
    );
  }, 180_000);

  it('compiles in a strict project, without types of Node, and runs', () => {
    const consumer = join(place.root, 'consumer');
    mkdirSync(join(consumer, 'node_modules'), { recursive: true });
    for (const name of ['waymark', 'valibot'])
      symlinkSync(join(place.project, 'node_modules', name), join(consumer, 'node_modules', name));
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      module: 'nodenext',
      moduleResolution: 'nodenext',
      target: 'es2023',
      types: [],
      lib: ['es2023', 'dom'],
      skipLibCheck: false,
      outDir: 'out',
    };
    writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }');
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
    );
    writeFileSync(join(consumer, 'consumer.ts'), CONSUMER);
    const compiled = spawnSync(
      process.execPath,
      [join(REPOSITORY, 'node_modules/typescript/bin/tsc'), '-p', '.'],
      { cwd: consumer, encoding: 'utf8' },
    );
    expect({ status: compiled.status, said: compiled.stdout }).toEqual({ status: 0, said: '' });

    const home = tempFolder();
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      WAYMARK_HOME: home,
      WAYMARK_AUTOSTART: 'false',
    };
    const ran = spawnSync(process.execPath, [join(consumer, 'out/consumer.js')], {
      cwd: consumer,
      env,
      encoding: 'utf8',
    });
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' });
    expect(queuedEvents(home).map(({ event_type }) => event_type)).toEqual([
      'task.failed',
      'build.failed',
    ]);
    expect(readdirSync(home)).toEqual(['queue']);
  }, 120_000);

  it('is what publint takes for good', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [
        join(REPOSITORY, 'node_modules/publint/src/cli.js'),
        join(place.project, 'node_modules/waymark'),
        '--strict',
        '--pack=false',
      ],
      { encoding: 'utf8' },
    );
    expect({ status, stdout }).toMatchObject({ status: 0 });
  }, 120_000);

  it('shows its help and refuses wrong usage', () => {
    const hooks = (...args: readonly string[]) => run(place, 'install-hooks', ...args);
    expect(hooks('--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Examples:'),
    });
    expect(hooks('--scope', 'world')).toMatchObject({ status: 2, stdout: '' });
    expect(hooks()).toMatchObject({
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

    expect(install(place, '--yes', '--scope', 'user')).toMatchObject({
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

    expect(install(place, '--yes', '--uninstall')).toMatchObject({
      status: 0,
      result: { changed: true, removed: HOOKS.length },
    });
    expect(readFileSync(place.settings)).toEqual(Buffer.from(OTHERS));
    expect(readdirSync(join(place.settings, '..'))).toEqual(['settings.json']);
    expect(existsSync(join(place.state, 'bin'))).toBe(false);

    install(place, '--yes', '--uninstall', '--purge');
    expect(existsSync(place.state)).toBe(false);
  }, 180_000);
});

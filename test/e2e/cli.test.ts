import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOfSvg } from '../pictures/terminal-svg.ts';
import { eventually } from '../support/eventually.ts';

const DIST = join(import.meta.dirname, '../../dist');
const SESSION = '5f0c2a9b-0000-4000-8000-00000000e2e0';

/** One user for the whole file, as one would use the commands one after the other. */
const root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-cli-')));
const project = join(root, 'my "project"');
const state = join(root, 'state');
const environment = {
  PATH: process.env['PATH'],
  HOME: join(root, 'home'),
  CLAUDE_CONFIG_DIR: join(root, 'home/.claude'),
  WAYMARK_HOME: state,
  XDG_RUNTIME_DIR: join(root, 'run'),
  TMPDIR: join(root, 'tmp'),
};

beforeAll(() => {
  for (const folder of [
    project,
    environment.CLAUDE_CONFIG_DIR,
    environment.XDG_RUNTIME_DIR,
    environment.TMPDIR,
  ])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  demos = ['--speed=50', '--speed=50 --json'].map((flags) =>
    finishedRun('demo', ...flags.split(' ')),
  );
});

/** Two demos at once, which wait more than they work: beside all other tests of this file. */
let demos: readonly Promise<Result>[] = [];

afterAll(() => {
  waymark('worker', 'stop');
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
});

describe('the built waymark', () => {
  it('tells how to begin, and doctor what is missing', () => {
    expect(waymark()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/To start: `.*dist\/waymark\.cjs.* install`$/m),
    });
    const doctor = waymark('doctor', '--json');
    expect(doctor.status).toBe(1);
    expect(failing(doctor.stdout)).toContain('install');
  });

  it('proves the hooks that were just installed, and leaves no trace of the sample', () => {
    expect(
      run('install-hooks.js', ['--yes', '--scope', 'project', '--no-prove', '--json']).status,
    ).toBe(0);
    const proof = waymark('doctor', '--prove', '--settings', '.claude/settings.json', '--json');
    expect(JSON.parse(proof.stdout)).toMatchObject({
      ok: true,
      sentAt: expect.stringMatching(/Z$/),
      storedAt: expect.stringMatching(/Z$/),
      message: expect.any(String),
    });
    expect(proof.status).toBe(0);
    expect(readdirSync(join(state, 'throttle'))).toEqual([]);
    expect(JSON.parse(waymark('sessions', '--json').stdout)).toEqual([]);
    expect(status()).toMatchObject({ ledger: { captured: 0, gaps: 0 }, sessions: { total: 0 } });
  });

  it('fails to prove hooks that are not there', () => {
    writeFileSync(join(project, 'empty.json'), '{}');
    const proof = waymark('doctor', '--prove', '--settings', 'empty.json', '--json');
    expect(proof.status).toBe(1);
    expect(JSON.parse(proof.stdout)).toMatchObject({ ok: false, storedAt: null });
  });

  it('starts one worker in the background, restarts it, and stops it over its pipe', () => {
    waymark('worker', 'stop');
    expect(waymark('worker', 'stop')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('No worker is running'),
    });
    const first = JSON.parse(waymark('worker', '--detach', '--json').stdout);
    expect(first).toMatchObject({ started: true, pid: expect.any(Number) });
    expect(JSON.parse(waymark('worker', '--detach', '--json').stdout)).toEqual({
      ...first,
      started: false,
    });
    expect(status()).toMatchObject({
      workers: [{ id: first.id, pid: first.pid, mode: 'event-loop', heartbeat: { id: first.id } }],
    });
    const second = JSON.parse(waymark('worker', 'restart', first.id.slice(0, 6), '--json').stdout);
    expect(second).toMatchObject({ stopped: [first.id] });
    expect(second.id).not.toBe(first.id);
    expect(readdirSync(join(state, 'heartbeat'))).toEqual([`${second.id}.json`]);
    const log = waymark('worker', 'log', '-n', '200', '--json').stdout.trimEnd().split('\n');
    expect(log.map((line) => JSON.parse(line).code)).toContain('WORKER_STOPPED');
  });

  it('stores a checkpoint made by hand, and shows it with its session', () => {
    const made = waymark(
      'checkpoint',
      '--session',
      SESSION,
      '--note',
      'half-way',
      '--wait',
      '--json',
    );
    expect(JSON.parse(made.stdout)).toMatchObject({ session: SESSION, stored: true });
    const shown = JSON.parse(waymark('show', SESSION.slice(0, 8), '--json').stdout);
    expect(shown).toMatchObject({
      session: { id: SESSION, project },
      checkpoints: [{ kind: 'manual', note: 'half-way' }],
      operations: [],
    });
    expect(waymark('show', 'last').stdout).toContain('half-way');
    expect(waymark('sessions', '--project', '.').stdout).toContain(SESSION.slice(0, 8));
    expect(
      JSON.parse(waymark('events', '--type', 'checkpoint.*', '--session', 'last', '--json').stdout),
    ).toMatchObject([{ event_type: 'checkpoint.created', source: 'cli' }]);
    expect(status()).toMatchObject({
      ledger: { captured: 1, stored: 1, gaps: 0 },
      queue: { pending: 0, delayed: 0, processing: 0, dead: 0 },
      sessions: { active: 1, total: 1 },
    });
  });

  it('lists, retries and discards what could not be processed', async () => {
    writeFileSync(join(state, 'queue/pending/2_bad.json'), '{"sql":"DROP TABLE events"}');
    await eventually(
      'the entry is dead',
      () => JSON.parse(waymark('dead', 'list', '--json').stdout).length === 1,
    );
    const [letter] = JSON.parse(waymark('dead', 'list', '--json').stdout);
    expect(letter).toMatchObject({
      kind: 'entry',
      attempts: 1,
      reason: expect.stringContaining('SQL'),
    });
    expect(waymark('dead', 'show', letter.id).stdout).toContain('DROP TABLE');
    expect(waymark('dead', 'retry', letter.id).status).toBe(0);
    await eventually(
      'the entry is dead again',
      () => JSON.parse(waymark('dead', 'list', '--json').stdout).length === 1,
    );
    expect(waymark('dead', 'discard', '--all').status).toBe(0);
    expect(JSON.parse(waymark('dead', 'list', '--json').stdout)).toEqual([]);
  });

  it('cleans up what a dry run shows, through the worker, also twice at once', async () => {
    waymark('config', 'set', 'retention', '60');
    const old = JSON.stringify({
      event_type: 'user.old',
      timestamp: '2020-01-01T00:00:00Z',
      payload: {},
    });
    writeFileSync(join(state, 'queue/pending/5_old.json'), old);
    const goes = (): number => {
      const kinds = JSON.parse(waymark('clean', '--dry-run', '--json').stdout);
      return kinds.find(({ kind }: { kind: string }) => kind === 'events').count;
    };
    await eventually('an event to clean up', () => goes() > 0);
    const both = await Promise.all(['a', 'b'].map(() => finishedRun('clean', '--json')));
    expect(both.map((one) => one.status)).toEqual([0, 0]);
    const freed = both.flatMap(({ stdout }) =>
      JSON.parse(stdout).filter(
        ({ kind, count }: { kind: string; count: number }) => kind === 'events' && count > 0,
      ),
    );
    expect(freed).toHaveLength(1);
    expect(goes()).toBe(0);
    expect(waymark('events', '--type', 'user.old', '--json').stdout.trim()).toBe('[]');
    waymark('config', 'unset', 'retention');
  });

  it('finds no fault with all this, and no secret in it', () => {
    const doctor = waymark('doctor', '--json');
    expect(failing(doctor.stdout).filter((id) => id !== 'git')).toEqual([]);
    expect(JSON.parse(waymark('doctor', '--audit', '--json').stdout)).toEqual({
      ok: true,
      findings: [],
    });
    expect(waymark('doctor', '--fix').stdout).not.toContain('!');
  });

  it('goes on showing the state while it watches', async () => {
    const child = spawn(
      process.execPath,
      [join(DIST, 'waymark.cjs'), 'status', '--watch', '--json'],
      {
        cwd: project,
        env: environment,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
    });
    await eventually('two looks', () => seen.split('\n').length > 2);
    child.kill('SIGINT');
    expect(JSON.parse(seen.split('\n')[1] ?? '')).toHaveProperty('ledger.captured');
  });

  it('shows a corrupt store as such, without a stack', () => {
    waymark('worker', 'stop');
    for (const tail of ['-wal', '-shm']) rmSync(join(state, `waymark.db${tail}`), { force: true });
    const sound = readFileSync(join(state, 'waymark.db'));
    writeFileSync(
      join(state, 'waymark.db'),
      'no database any more, and long enough to be taken for one'.repeat(100),
    );
    expect(status()).toMatchObject({ store: { state: 'corrupt' } });
    const sessions = waymark('sessions');
    expect(sessions.status).toBe(1);
    expect(sessions.stderr).not.toMatch(/\n\s+at /);
    expect(failing(waymark('doctor', '--json').stdout)).toContain('store');
    writeFileSync(join(state, 'waymark.db'), sound);
    expect(status()).toMatchObject({ store: { state: 'ok' } });
  });
});

describe('waymark demo', () => {
  it('warns of what failed, tells what Claude should know and loses nothing, twice at once, as its picture shows', {
    timeout: 180_000,
  }, async () => {
    const [shown, json] = await Promise.all(demos);
    expect(shown).toMatchObject({ status: 0, stderr: '' });
    const stdout = shown?.stdout ?? '';
    const lines = stdout.split('\n');
    const [command, , ...picture] = textOfSvg(readFileSync('docs/pictures/demo.svg', 'utf8'));
    expect(command).toBe('$ waymark demo');
    expect(stdout).toContain('The worker learned: `npm run test:unit` fails here');
    expect(stdout).toContain('│ What worked instead: `npm test`.');
    expect(stdout).toContain('│ waymark: the context window is 86 % full');
    expect(stdout).toContain('│ Where you were before the compaction');
    expect(stdout).toMatch(/an ordinary call, before and after +\d\.\d\d ×/);
    expect(lines).toContain('✓ Warnings    1 given, 1 heeded');
    expect(stdout).toMatch(/✓ Ledger .* captured = \d+ stored/);
    expect(stdout).toMatch(/✓ Operations .* counted by hooks/);
    expect(stdout).not.toContain('\u001b');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expectWholeResult(JSON.parse(json?.stdout ?? ''));
    expect(measuresAside(lines)).toEqual(measuresAside(picture));
    expect(demoFolders()).toEqual([]);
  });

  it('takes worker and folder away when it is interrupted', async () => {
    const before = demoFolders();
    const child = spawn(process.execPath, [join(DIST, 'waymark.cjs'), 'demo'], {
      cwd: project,
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await eventually('the first hook', () => said.includes('cent short'));
    child.kill('SIGINT');
    const [status] = await once(child, 'exit');
    expect(status).toBe(130);
    expect(demoFolders()).toEqual(before);
  });
});

/**
 * The words of the demo without what was measured, with `waymark` for the command as it is called
 * here.
 */
function measuresAside(lines: readonly string[]): string {
  return lines
    .join(' ')
    .replace(/[\d.]+ ms/g, 'n ms')
    .replace(/[\d.]+ ×/g, 'n ×')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '<time>')
    .replace(/\s+/g, ' ')
    .replace(/`[^`]*?waymark(?:\.cjs)?['"]? (install|failures set)`/g, '`waymark $1`')
    .trim();
}

interface DemoResult {
  readonly ok: boolean;
  readonly sessions: readonly { readonly told: readonly unknown[] }[];
  readonly cost: {
    readonly events: readonly { event: string; call: string | null; timesNode: number }[];
  };
}

function expectWholeResult({ ok, sessions, cost }: DemoResult): void {
  expect(ok).toBe(true);
  expect(sessions.map(({ told }) => told.length)).toEqual([0, 3]);
  expect(sessions[1]?.told).toMatchObject([
    { kind: 'failure', outcome: 'heeded', target: 'npm run test:unit' },
    { kind: 'context', about: '85' },
    { kind: 'resume' },
  ]);
  expect(cost.events.map(({ event, call }) => [event, call])).toEqual([
    ['PreToolUse', 'quiet'],
    ['PostToolUse', 'quiet'],
    ['PreToolUse', 'known'],
    ['UserPromptSubmit', null],
  ]);
  for (const { timesNode } of cost.events) expect(timesNode).toBeGreaterThan(0);
}

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function waymark(...args: readonly string[]): Result {
  return run('waymark.cjs', args);
}

async function finishedRun(...args: readonly string[]): Promise<Result> {
  const child = spawn(process.execPath, [join(DIST, 'waymark.cjs'), ...args], {
    cwd: project,
    env: environment,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += String(text)));
  child.stderr.on('data', (text) => (stderr += String(text)));
  const [status] = await once(child, 'close');
  return { status, stdout, stderr };
}

function run(program: string, args: readonly string[]): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(DIST, program), ...args], {
    cwd: project,
    env: environment,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

function status(): unknown {
  return JSON.parse(waymark('status', '--json').stdout);
}

function failing(doctor: string): readonly string[] {
  const { checks } = JSON.parse(doctor);
  return checks
    .filter((check: { ok: boolean }) => !check.ok)
    .map((check: { id: string }) => check.id);
}

function demoFolders(): readonly string[] {
  return readdirSync(environment.TMPDIR).filter((name) => name.startsWith('waymark-demo-'));
}

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repairState } from '../../lib/actions/repair-state.ts';
import { resolveConfig } from '../../lib/config/resolve.ts';
import { WaymarkError } from '../../lib/core/errors.ts';
import { stateFolderAt, locateUsableStateFolder } from '../../lib/core/state-folder.ts';
import { runChecks } from '../../lib/query/doctor/run-checks.ts';
import { readStatus } from '../../lib/query/status.ts';
import { drainRecovery, listRecovery } from '../../lib/queue/recovery-folder.ts';
import { makeQueueFolder, queueFolder } from '../../lib/queue/queue-folder.ts';
import { runWorker } from '../../lib/worker/run-worker.ts';
import { hookBundles } from '../support/hook-bundles.ts';
import {
  filesIn,
  hookErrors,
  type HookPlace,
  hookPlace,
  type HookRun,
  queuedEvents,
  recordedInput,
  runHookFile,
} from '../support/run-hook.ts';

const bundles = hookBundles();
const SILENT: HookRun = { status: 0, stdout: '', stderr: '' };
const SESSION = String(recordedInput('Stop')['session_id']);
const NOBODY = 65_534;

async function messageOf(name: string, fixture: string, place: HookPlace): Promise<string> {
  const run = await runAs(name, fixture, place);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  return run.stdout === '' ? '' : String(JSON.parse(run.stdout)['systemMessage']);
}

/** As if of the session of the other fixtures. */
function runAs(name: string, fixture: string, { environment }: HookPlace): Promise<HookRun> {
  const input = JSON.stringify({ ...recordedInput(fixture), session_id: SESSION });
  return runHookFile(`${bundles().folder}/${name}.cjs`, input, environment);
}

function startWorker({ home, environment }: HookPlace): Promise<unknown> {
  return runWorker({
    folder: stateFolderAt(home, environment),
    environment,
    flags: {},
    once: true,
    shared: false,
    background: true,
    json: false,
    terminal: { write: () => true },
  });
}

async function statusOf({ home, environment }: HookPlace) {
  const folder = stateFolderAt(home, environment);
  return readStatus({ folder, clock: Date.now, sleep: async () => undefined });
}

async function doctorOf({ home, environment }: HookPlace) {
  const checks = await runChecks({
    folder: stateFolderAt(home, environment),
    environment,
    cwd: home,
    config: resolveConfig({ environment: {} }).values,
    configProblems: [],
    clock: Date.now,
    nodeVersion: process.versions.node,
    platform: process.platform,
  });
  return checks.filter(({ ok }) => !ok);
}

/** What the error says that `action` ends with. */
async function refusalOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof WaymarkError) return `${error.message}. ${error.remedy}`;
    throw error;
  }
  return '';
}

describe('a state folder behind a link', () => {
  it('serves hooks, the worker, status and doctor as any other', async () => {
    const place = hookPlace();
    mkdirSync(join(place.root, 'real'), { mode: 0o700 });
    symlinkSync(join(place.root, 'real'), place.home);
    expect(await runAs('stop', 'Stop', place)).toEqual(SILENT);
    await startWorker(place);
    const status = await statusOf(place);
    expect(status.ledger).toMatchObject({ captured: 1, stored: 1, gaps: 0 });
    expect(status).not.toHaveProperty('homeFault');
    expect((await doctorOf(place)).map(({ id }) => id)).not.toContain('state-folder');
  });
});

/** Own folders that others can look into, and that cannot be written. */
describe.each([[0o755], [0o711]])('a state folder with mode %o', (mode) => {
  it('is named alike by hooks, once per session, by status, doctor and the worker; nothing is lost', async () => {
    const place = hookPlace();
    mkdirSync(place.home);
    chmodSync(place.home, mode);
    const problem = `it is open to others (mode ${mode.toString(8)})`;
    const remedy = `Run: chmod 700 '${place.home}'`;
    const text = `Cannot use ${place.home} as the state folder: ${problem}`;
    expect(await messageOf('stop', 'Stop', place)).toBe(`waymark: ${text}. ${remedy}`);
    expect(await runAs('stop', 'Stop', place)).toEqual(SILENT);
    expect(await runAs('session-end', 'SessionEnd', place)).toEqual(SILENT);
    expect(hookErrors(place.home)[0]).toMatchObject({ code: 'HOME_UNUSABLE', message: text });
    expect((await statusOf(place)).homeFault).toEqual({ problem, remedy });
    expect(await doctorOf(place)).toContainEqual({
      checked: true,
      id: 'state-folder',
      ok: false,
      message: text,
      remedy: `${remedy} (\`waymark doctor --fix\` does it)`,
    });
    expect(await refusalOf(() => startWorker(place))).toBe(`${text}. ${remedy}`);
    const kept = queuedEvents(place.home).length;
    const mended = await repairState(stateFolderAt(place.home), async () => ({ id: 'w1' }));
    expect(mended.done).toContain(`Set the mode of ${place.home} to 700`);
    expect(mended.failed).toEqual([]);
    await startWorker(place);
    expect((await statusOf(place)).ledger).toMatchObject({ captured: kept, stored: kept, gaps: 0 });
  });

  it('is mended through a link, too', async () => {
    const place = hookPlace();
    mkdirSync(join(place.root, 'real'));
    chmodSync(join(place.root, 'real'), mode);
    symlinkSync(join(place.root, 'real'), place.home);
    expect(await messageOf('stop', 'Stop', place)).toContain(`Run: chmod 700 '${place.home}'`);
    await repairState(stateFolderAt(place.home), async () => ({ id: 'w1' }));
    expect(statSync(place.home).mode & 0o777).toBe(0o700);
  });
});

/** Places that hooks must not write to. */
const UNSAFE: ReadonlyArray<readonly [string, (place: HookPlace) => void, string]> = [
  ['a plain file', ({ home }) => writeFileSync(home, ''), 'it is not a folder'],
  ['a pipe', ({ home }) => execFileSync('mkfifo', [home]), 'it is not a folder'],
  [
    'a link to a folder that is missing',
    ({ home }) => symlinkSync('missing', home),
    'it is a link to a folder that is missing',
  ],
  [
    'a link to where no folder can be',
    ({ home }) => symlinkSync('/dev/null/nowhere', home),
    'it cannot be reached (ENOTDIR)',
  ],
  [
    'a folder in which others can write',
    ({ home }) => [mkdirSync(home), chmodSync(home, 0o777)],
    'it is open to others (mode 777)',
  ],
  ...(process.getuid?.() === 0
    ? [
        [
          'a folder of another user',
          ({ home }: HookPlace) => [
            mkdirSync(home, { mode: 0o700 }),
            chownSync(home, NOBODY, NOBODY),
          ],
          `it belongs to another user (uid ${NOBODY})`,
        ] as const,
      ]
    : []),
];

describe.each(UNSAFE)('where the state folder is %s', (_, make, problem) => {
  it('events are kept outside, calls are counted there, and the person hears of it once per session', async () => {
    const place = hookPlace();
    make(place);
    const before = existsSync(place.home) ? statSync(place.home).mtimeMs : 0;
    const message = await messageOf('post-tool-use', 'PostToolUse', place);
    expect(message).toMatch(
      /^waymark: Cannot use .* as the state folder: .*; the event is safe in .*\. Run: /,
    );
    expect(message).toContain(problem);
    expect(await runAs('post-tool-use', 'PostToolUse', place)).toEqual(SILENT);
    expect(await runAs('session-start', 'SessionStart', place)).toEqual(SILENT);
    expect(await runAs('stop', 'Stop', place)).toEqual(SILENT);
    expect(listRecovery(place.places).map((name) => name[0])).toHaveLength(3);
    expect(existsSync(place.home) ? statSync(place.home).mtimeMs : 0).toBe(before);
    expect(statSync(`${place.recovery}/throttle/${SESSION}/ops`).size).toBe(2);
    expect(hookErrors(place.recovery).map(({ code }) => code)).toEqual(
      Array.from({ length: 4 }, () => 'HOME_UNUSABLE'),
    );
  });

  it('the worker refuses with the same words, and takes the events once it is right', async () => {
    const place = hookPlace();
    make(place);
    await runAs('stop', 'Stop', place);
    expect(await refusalOf(() => startWorker(place))).toContain(problem);
    if (!problem.includes('mode'))
      expect(await refusalOf(() => locateUsableStateFolder(place.environment))).toContain(problem);
    rmSync(place.home, { recursive: true });
    const queue = queueFolder(`${place.home}/queue`);
    makeQueueFolder(queue);
    expect(drainRecovery(place.places, queue, 65_536)).toBe(1);
    expect(filesIn(place.recovery)).toEqual([]);
  });
});

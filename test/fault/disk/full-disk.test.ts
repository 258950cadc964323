import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseJsonObject, stringField } from '../../../lib/core/json.ts';
import { makeQueueFolder } from '../../../lib/queue/queue-folder.ts';
import { listRecovery } from '../../../lib/queue/recovery-folder.ts';
import { eventually } from '../../support/eventually.ts';
import { makeRecovery, recoveryPath, listRecoveryPaths } from '../../support/recovery.ts';
import { bundlePrograms, type Programs } from '../../support/program-process.ts';
import { standStill } from '../../support/stand-still.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { namesIn, testHome } from '../../support/test-home.ts';
import { OTHERS } from '../../unit/claude/settings/sample-settings.ts';
import { DIST, drain, hook, makePlace, type Place, rowsOf, workerOnce } from '../inject/place.ts';
import { runUnharmed } from '../inject/strace.ts';
import { hookViolations, violations } from '../invariants.ts';
import { fillInodes, fillSpace, makeReadOnly, mountTmpfs, noMount, remount } from './mount.ts';

if (noMount !== undefined) console.log(`skipped: full and read-only disks: ${noMount}`);

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

const CALLS = [
  ['user-prompt-submit', { hook_event_name: 'UserPromptSubmit', prompt: 'do it' }],
  [
    'post-tool-use-failure',
    {
      hook_event_name: 'PostToolUseFailure',
      tool_name: 'Bash',
      tool_use_id: 't1',
      tool_input: { command: 'x' },
      error: 'no',
    },
  ],
  ['stop', { hook_event_name: 'Stop' }],
] as const;

/** Runs a hook of each kind. @returns what they said to the person. */
async function callHooks(place: Place): Promise<readonly string[]> {
  const said: string[] = [];
  for (const [name, payload] of CALLS) {
    const run = await runUnharmed(hook(place, name, payload));
    expect(hookViolations(run)).toEqual([]);
    said.push(stringField(parseJsonObject(run.stdout) ?? {}, 'systemMessage') ?? '');
  }
  return said.filter((text) => text !== '');
}

/**
 * What was refused is in the recovery folder, was said once, and is stored when there is room
 * again.
 */
async function expectRescue(place: Place, makeRoom: () => void): Promise<void> {
  const said = await callHooks(place);
  expect(said).toEqual([
    expect.stringContaining(`the event is safe in ${recoveryPath(place.folder.recovery)}`),
  ]);
  expect(listRecovery(place.folder.recovery)).toHaveLength(CALLS.length);
  makeRoom();
  expect(await drain(place)).toEqual([]);
  expect(rowsOf(place, 'SELECT type FROM events ORDER BY at').map((row) => row['type'])).toEqual([
    'session.prompt_submitted',
    'task.failed',
    'checkpoint.created',
  ]);
  expect(violations({ folder: place.folder, acknowledged: [] })).toEqual([]);
}

function placeOn(options: string): Place {
  const place = makePlace(tempFolder());
  mountTmpfs(place.folder.root, options);
  return place;
}

describe.skipIf(noMount !== undefined)('hooks', () => {
  it('bring their events to safety when the disk of 64 kB is full, and they arrive when there is room', async () => {
    const place = placeOn('size=64k');
    fillSpace(place.folder.root);
    await expectRescue(place, () => remount(place.folder.root, 'size=4m'));
  });

  it('do so where the queue is there already', async () => {
    const place = placeOn('size=4m');
    expect(await drain(place)).toEqual([]);
    await expectRescue(place, fillSpace(place.folder.root));
  });

  it('do so when only a part of an entry fits', async () => {
    const place = placeOn('size=4m');
    expect(await drain(place)).toEqual([]);
    const makeRoom = fillSpace(place.folder.root, 3);
    const run = await runUnharmed(
      hook(place, 'user-prompt-submit', {
        hook_event_name: 'UserPromptSubmit',
        prompt: 'long '.repeat(6_000),
      }),
    );
    expect(hookViolations(run)).toEqual([]);
    makeRoom();
    expect(await drain(place)).toEqual([]);
    expect(rowsOf(place, 'SELECT id FROM events')).toHaveLength(1);
    expect(violations({ folder: place.folder, acknowledged: [] })).toEqual([]);
  });

  it('do so when no inode is left, and leave none of their own', async () => {
    const place = placeOn('size=4m,nr_inodes=20');
    fillInodes(place.folder.root);
    await expectRescue(place, () => remount(place.folder.root, 'nr_inodes=1000'));
  });

  it('do so when the state folder is read-only', async () => {
    const place = makePlace(tempFolder());
    expect(await drain(place)).toEqual([]);
    const makeWritable = makeReadOnly(place.folder.root);
    const worker = await runUnharmed(workerOnce(place));
    expect(worker).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^Cannot use .+: EROFS.*\n.+\n$/),
    });
    await expectRescue(place, makeWritable);
  });

  it('say that an event is lost when the other place is full as well', async () => {
    const place = placeOn('size=64k');
    fillSpace(place.folder.root);
    makeRecovery(place.folder.recovery);
    const recoveries = listRecoveryPaths(place.folder.recovery);
    for (const path of recoveries) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      mountTmpfs(path, 'size=64k');
      fillSpace(path);
    }
    const run = await runUnharmed(
      hook(place, 'session-start', { hook_event_name: 'SessionStart', source: 'startup' }),
    );
    expect(hookViolations(run)).toEqual([]);
    expect(run.stdout).toContain('the event is lost');
    expect(recoveries.flatMap((path) => namesIn(`${path}/tmp`))).toEqual([]);
  });
});

describe.skipIf(noMount !== undefined)('a worker whose disk is full', () => {
  it('blames no entry, and stores everything when there is space again', async () => {
    const home = testHome();
    mountTmpfs(home.root, 'size=2m');
    makeQueueFolder(home.queue);
    const worker = programs.worker({
      home: home.root,
      flags: { readTimeout: 0.2, readTimeoutMax: 0.2, recoverInterval: 0.1 },
    });
    await eventually('a worker leads', home.hasLeader);
    const first = home.enqueue();
    await eventually('it serves', () => home.isStored(first) && home.isQuiet());
    await standStill(worker, home);
    const ids = [first, ...Array.from({ length: 60 }, () => home.enqueue({ ring: false }))];
    const makeRoom = fillSpace(home.root);
    worker.kill('SIGCONT');
    await sleep(2_000); // it tries and fails, with no place to say so
    expect(worker.isRunning).toBe(true);
    expect(home.isQuiet()).toBe(false);
    expect([...namesIn(home.queue.dead), ...namesIn(home.queue.delayed)]).toEqual([]);
    makeRoom();
    await eventually('everything arrives', () => home.isQuiet());
    worker.kill('SIGTERM');
    expect((await worker.exited).code).toBe(0);
    expect(violations({ folder: home.folder, acknowledged: ids })).toEqual([]);
  });
});

describe.skipIf(noMount !== undefined)('the installer on a disk with one free page', () => {
  it('leaves the settings as they were, says why, and finishes when there is space', async () => {
    const place = makePlace(tempFolder());
    mountTmpfs(place.project, 'size=256k');
    mkdirSync(`${place.project}/.claude`);
    const file = `${place.project}/.claude/settings.json`;
    const before = OTHERS.replace('{', `{ "notes": ${JSON.stringify('n'.repeat(9_000))},`);
    writeFileSync(file, before);
    const program = {
      args: [`${DIST}/install-hooks.js`, '--yes', '--no-prove', '--scope', 'project'],
      cwd: place.project,
      environment: place.environment,
    };
    const makeRoom = fillSpace(place.project, 2);
    const run = await runUnharmed(program);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(run).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^Cannot (?:write|replace) .+: ENOSPC.*\nFree some space.+\n$/),
    });
    expect(namesIn(`${place.project}/.claude`)).toEqual(['settings.json']);
    makeRoom();
    expect(await runUnharmed(program)).toMatchObject({ status: 0 });
    expect(readFileSync(file, 'utf8').length).toBeGreaterThan(before.length);
  });
});

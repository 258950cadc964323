import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Check, DoctorInput } from '../../../../lib/query/doctor/check.ts';
import { folderChecks } from '../../../../lib/query/doctor/folder-checks.ts';
import { installChecks } from '../../../../lib/query/doctor/install-checks.ts';
import { installService } from '../../../../lib/actions/service.ts';
import { isAtLeast, machineChecks } from '../../../../lib/query/doctor/machine-checks.ts';
import { repairState } from '../../../../lib/actions/repair-state.ts';
import { storeChecks } from '../../../../lib/query/doctor/store-checks.ts';
import { workerChecks } from '../../../../lib/query/doctor/worker-checks.ts';
import { resolveConfig } from '../../../../lib/config/resolve.ts';
import { HOOKS } from '../../../../lib/hook/manifest.ts';
import { makeQueueFolder, queueFolder } from '../../../../lib/queue/queue-folder.ts';
import { makeRecovery } from '../../../support/recovery.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { preparedStore, START } from '../../cli/prepared-store.ts';

describe('isAtLeast', () => {
  it.each([
    ['2.1.197 (Claude Code)', true],
    ['2.1.330', true],
    ['2.2.0', true],
    ['3', true],
    ['2.1.196', false],
    ['1.9.999', false],
    ['no version', false],
  ])('compares %s with 2.1.197: %s', (version, expected) => {
    expect(isAtLeast(version, [2, 1, 197])).toBe(expected);
  });
});

describe('machineChecks', () => {
  it('finds fault with an old Node, an old client and refused settings', async () => {
    const bin = tempFolder();
    writeFileSync(`${bin}/claude`, '#!/bin/sh\necho "2.0.1 (Claude Code)"\n', { mode: 0o755 });
    const checks = await machineChecks(
      patient({
        nodeVersion: '18.20.0',
        environment: { PATH: bin },
        configProblems: ['Cannot use x'],
      }),
    );
    expect(failing(checks)).toEqual(['node', 'git', 'client', 'config']);
  });

  it('mentions extra certificates only where they cost something', async () => {
    const environment = { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: '/x.pem' };
    const note = async (nodeVersion: string): Promise<string | undefined> =>
      (await machineChecks(patient({ nodeVersion, environment }))).find(
        (check) => check.id === 'ca-certs',
      )?.message;
    expect(await note('20.20.0')).toContain('NODE_EXTRA_CA_CERTS');
    expect(await note('24.1.0')).not.toContain('NODE_EXTRA_CA_CERTS');
  });
});

describe('the service', () => {
  /** What the check says of a service that starts `node`. */
  async function checked(node: string | undefined, state = 'active'): Promise<Check | undefined> {
    const given = healthy();
    const home = tempFolder();
    const environment = { PATH: `${home}:${process.env['PATH']}`, HOME: home };
    const answer = `#!/bin/sh\necho ${state}\n`;
    writeFileSync(`${home}/systemctl`, answer, { mode: 0o755 });
    mkdirSync(`${home}/dist`);
    writeFileSync(`${home}/dist/waymark.cjs`, '');
    if (node !== undefined)
      await installService(
        { folder: given.folder, environment, clock: given.clock },
        { platform: 'linux', node, nodeVersion: '20.20.0', package: home, starts: false },
      );
    const checks = await machineChecks({ ...given, environment });
    return checks.find(({ id }) => id === 'service');
  }

  it('is not mentioned where there is none', async () => {
    expect(await checked(undefined)).toBeUndefined();
  });

  it('is named when its Node is gone after an upgrade, with what to do', async () => {
    expect(await checked('/gone/v20/bin/node')).toMatchObject({
      ok: false,
      message: expect.stringContaining('cannot start: its Node is missing: /gone/v20/bin/node'),
      remedy: 'Run `waymark service install` again.',
    });
  });

  it('is named when it failed, and well when it runs', async () => {
    expect(await checked(process.execPath, 'failed')).toMatchObject({
      ok: false,
      message: expect.stringContaining('has failed'),
    });
    expect(await checked(process.execPath)).toMatchObject({
      ok: true,
      message: expect.stringContaining('is active'),
    });
  });
});

describe('the Node of the hooks', () => {
  /** What the check says where the launchers noted `node`; a text of several lines is a program. */
  async function checked(node: string | undefined): Promise<Check | undefined> {
    const given = healthy();
    mkdirSync(given.folder.bin, { recursive: true });
    const program = `${given.folder.bin}/some-node`;
    if (node?.startsWith('#!') === true) writeFileSync(program, node, { mode: 0o700 });
    const noted = node?.startsWith('#!') === true ? program : node;
    if (noted !== undefined) writeFileSync(`${given.folder.bin}/node-found`, `${noted}\n`);
    const checks = await machineChecks({ ...given, environment: { PATH: process.env['PATH'] } });
    return checks.find(({ id }) => id === 'hook-node');
  }

  it('is not looked at before a hook has looked for one', async () => {
    expect(await checked(undefined)).toBeUndefined();
  });

  it.each([
    ['', 'Hooks found no Node 20.19 or later, so none of them runs'],
    ['/gone/bin/node', 'The Node that hooks run with is missing: /gone/bin/node'],
    ['#!/bin/sh\nexit 127\n', 'does not start'],
    ['#!/bin/sh\necho v18.20.8\n', 'v18.20.8: too old'],
  ])('is named when it is %j, with what to do', async (node, text) => {
    const check = await checked(node);
    expect(check).toMatchObject({ ok: false, message: expect.stringContaining(text) });
    expect(check?.remedy).toContain('`waymark install`');
  });

  it('is named as another one than that of the command, which is no problem', async () => {
    expect(await checked('#!/bin/sh\necho v99.1.0\n')).toMatchObject({
      ok: true,
      message: expect.stringMatching(/^Hooks run with Node 99\.1\.0 \(.*\), this command with /),
      remedy: expect.stringContaining('`waymark install`'),
    });
  });

  it('is fine when it is the same', async () => {
    expect(await checked('#!/bin/sh\necho v20.20.0\n')).toMatchObject({
      id: 'hook-node',
      ok: true,
      message: 'Hooks run with Node 20.20.0',
      remedy: null,
    });
  });
});

describe('folderChecks', () => {
  it('finds nothing wrong in a healthy folder', () => {
    expect(failing(folderChecks(healthy()))).toEqual([]);
  });

  it('finds a state folder that is open to others, and a missing folder of the queue', () => {
    const given = healthy();
    chmodSync(given.folder.root, 0o755);
    rmSync(`${given.folder.queue}/delayed`, { recursive: true });
    expect(failing(folderChecks(given))).toEqual(['state-folder', 'queue']);
  });

  it('finds kept events and hook errors', () => {
    const given = healthy();
    const recovery = makeRecovery(given.folder.recovery);
    writeFileSync(`${recovery}/5_${START}_00000000000000aa.a0.json.kept`, '{}');
    mkdirSync(given.folder.log);
    writeFileSync(
      `${given.folder.log}/hook-errors.log`,
      `${JSON.stringify({ time: new Date(START).toISOString(), code: 'QUEUE_FULL', message: 'full', remedy: 'r' })}\n`,
    );
    expect(failing(folderChecks(given))).toEqual(['recovery', 'hook-errors']);
  });
});

describe('mend', () => {
  it('makes folders, closes them to others and starts a worker where none runs', async () => {
    const given = healthy();
    chmodSync(given.folder.root, 0o755);
    chmodSync(given.folder.store, 0o644);
    rmSync(given.folder.queue, { recursive: true });
    const { done, failed } = await repairState(given.folder, async () => ({ id: 'w9' }));
    expect(failed).toEqual([]);
    expect(done).toContain('Started worker w9');
    expect([
      statSync(given.folder.root).mode & 0o777,
      statSync(given.folder.store).mode & 0o777,
    ]).toEqual([0o700, 0o600]);
    expect(failing([...folderChecks(given), ...storeChecks(given)])).toEqual([]);
  });

  it('says what it could not do and goes on', async () => {
    const { failed } = await repairState(healthy().folder, () =>
      Promise.reject(new Error('no worker to be had')),
    );
    expect(failed).toEqual(['no worker to be had']);
  });
});

describe('installChecks', () => {
  it('asks for an installation where there is none', () => {
    expect(failing(installChecks(healthy()))).toEqual(['install']);
  });

  it('is content with what the installer leaves', () => {
    expect(failing(installChecks(installed().given))).toEqual([]);
  });

  it.each<[string, (place: ReturnType<typeof installed>) => void, RegExp]>([
    [
      'a launcher that is gone',
      ({ given }) => rmSync(`${given.folder.bin}/stop`),
      /Stop hook.*missing/,
    ],
    [
      'a launcher that cannot run',
      ({ given }) => chmodSync(`${given.folder.bin}/stop`, 0o600),
      /not executable/,
    ],
    [
      'hooks that are no longer wired',
      ({ file, given }) => writeFileSync(file, settings(given.folder.bin, ['Stop'])),
      /does not start the hooks session-start, /,
    ],
    [
      'one of two hooks of an event, not wired',
      ({ file, given }) => writeFileSync(file, withoutHook(given.folder.bin)),
      /does not start the hooks prevent-failure$/,
    ],
    [
      'hooks that are switched off',
      ({ file, given }) =>
        writeFileSync(file, settings(given.folder.bin).replace('{', '{"disableAllHooks":true,')),
      /disableAllHooks/,
    ],
    ['a file that is no JSON', ({ file }) => writeFileSync(file, '{ // x\n}'), /line 1/],
    ['a file that is gone', ({ file }) => rmSync(file), / is missing$/],
  ])('finds %s', (_name, harm, message) => {
    const place = installed();
    harm(place);
    const [wrong] = installChecks(place.given).filter((check) => !check.ok);
    expect(wrong?.message).toMatch(message);
    expect(wrong?.remedy).not.toBeNull();
  });

  it('expects only the hooks of the chosen features', () => {
    const place = installed(['session']);
    writeFileSync(
      place.file,
      settings(place.given.folder.bin, [
        'SessionStart',
        'UserPromptSubmit',
        'SessionEnd',
        'Notification',
      ]),
    );
    expect(failing(installChecks(place.given))).toEqual([]);
  });

  it('finds that the package has gone', () => {
    const { given } = installed();
    writeFileSync(`${given.folder.bin}/package`, '/nowhere\n');
    expect(failing(installChecks(given))).toEqual(['package']);
  });
});

describe('workerChecks', () => {
  it('asks for a worker when entries wait and none runs', () => {
    const given = healthy();
    expect(failing(workerChecks(given))).toEqual([]);
    writeFileSync(`${given.folder.queue}/pending/5/5_${START}_00000000000000aa.a0.json`, '{}');
    expect(failing(workerChecks(given))).toEqual(['worker']);
  });

  it('asks for a worker when hooks must not start one', () => {
    const given = healthy();
    expect(
      failing(workerChecks({ ...given, config: { ...given.config, autostart: false } })),
    ).toEqual(['worker']);
  });
});

describe('storeChecks', () => {
  it('finds a store that', () => {
    const given = healthy();
    chmodSync(given.folder.store, 0o644);
    expect(failing(storeChecks(given))).toEqual(['store-private']);
  });

  it('finds a damaged store', () => {
    const given = healthy();
    const store = `${given.folder.root}/bad.db`;
    writeFileSync(store, 'not a database, and long enough to be looked at as one'.repeat(50), {
      mode: 0o600,
    });
    expect(failing(storeChecks({ ...given, folder: { ...given.folder, store } }))).toEqual([
      'store',
    ]);
  });
});

function failing(checks: readonly Check[]): readonly string[] {
  return checks.filter((check) => !check.ok).map((check) => check.id);
}

function patient(own: Partial<DoctorInput>): DoctorInput {
  const { values } = resolveConfig({ environment: {} });
  const folder = own.folder ?? preparedStore();
  return {
    folder,
    environment: process.env,
    cwd: '/',
    config: values,
    configProblems: [],
    clock: () => START + 1_000,
    nodeVersion: '20.20.0',
    platform: 'linux',
    ...own,
  };
}

function healthy(): DoctorInput {
  const given = patient({});
  makeQueueFolder(queueFolder(given.folder.queue));
  return given;
}

function installed(features?: readonly string[]): {
  readonly given: DoctorInput;
  readonly file: string;
} {
  const given = healthy();
  const { bin, root } = given.folder;
  const home = tempFolder();
  mkdirSync(`${home}/dist`);
  writeFileSync(`${home}/dist/waymark.cjs`, '');
  mkdirSync(bin);
  for (const hook of HOOKS) writeFileSync(`${bin}/${hook.name}`, '#!/bin/sh\n', { mode: 0o700 });
  writeFileSync(`${bin}/package`, `${home}\n`);
  const file = `${home}/settings.json`;
  writeFileSync(file, settings(bin));
  mkdirSync(`${root}/install`);
  writeFileSync(
    `${root}/install/abc.json`,
    JSON.stringify({ file, names: [], ...(features === undefined ? {} : { features }) }),
  );
  return { given, file };
}

function settings(
  bin: string,
  events: readonly string[] = HOOKS.map((hook) => hook.event),
): string {
  const wired = HOOKS.filter((hook) => events.includes(hook.event));
  const groupsOf = (event: string): object[] =>
    wired
      .filter((hook) => hook.event === event)
      .map(({ name }) => ({ hooks: [{ type: 'command', command: `${bin}/${name}`, args: [] }] }));
  return JSON.stringify({
    hooks: Object.fromEntries(wired.map(({ event }) => [event, groupsOf(event)])),
  });
}

/** As an installation from before there was this hook. */
function withoutHook(bin: string): string {
  const { hooks } = JSON.parse(settings(bin));
  return JSON.stringify({ hooks: { ...hooks, PreToolUse: hooks.PreToolUse.slice(0, 1) } });
}

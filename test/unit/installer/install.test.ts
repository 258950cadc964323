import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { install } from '../../../installer/install.ts';
import { HOOKS, STATUS_LINE } from '../../../lib/hook/manifest.ts';
import { OTHERS } from '../claude/settings/sample-settings.ts';
import { fakeMachine, type FakeMachine } from './fake-surroundings.ts';

const user = { scope: 'user' } as const;

/** Commands in the user's settings file, by event. */
function commands(machine: FakeMachine): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [event, groups] of Object.entries(
    JSON.parse(readFileSync(machine.settings, 'utf8')).hooks,
  )) {
    if (Array.isArray(groups))
      found[event] = groups.flatMap((group) =>
        group.hooks.map((hook: { command?: string }) => hook.command ?? ''),
      );
  }
  return found;
}

function launchersOf(machine: FakeMachine, event: string): readonly string[] {
  return HOOKS.filter((hook) => hook.event === event).map(
    ({ name }) => `${machine.around.folder.bin}/${name}`,
  );
}

describe('install', () => {
  it('names one launcher per hook, in exec form', async () => {
    const machine = fakeMachine();
    const done = await install(user, machine.around);
    expect(done.plan).toMatchObject({ changed: true, added: HOOKS.length, removed: 0 });
    expect(commands(machine)).toEqual(
      Object.fromEntries(HOOKS.map(({ event }) => [event, launchersOf(machine, event)])),
    );
    expect(JSON.parse(readFileSync(machine.settings, 'utf8')).hooks.PostToolUse[0]).toEqual({
      matcher: HOOKS.find((hook) => hook.event === 'PostToolUse')?.matcher,
      hooks: [
        {
          type: 'command',
          command: `${machine.around.folder.bin}/post-tool-use`,
          args: [],
          timeout: 30,
        },
      ],
    });
  });

  it('starts Node itself on Windows', async () => {
    const machine = fakeMachine({ platform: 'win32', node: 'C:\\node\\node.exe' });
    await install(user, machine.around);
    const { bin } = machine.around.folder;
    expect(JSON.parse(readFileSync(machine.settings, 'utf8')).hooks.Stop[0].hooks[0]).toMatchObject(
      {
        command: 'C:\\node\\node.exe',
        args: [`${bin}/stop.cjs`],
      },
    );
    expect(readdirSync(bin).sort()).toEqual(
      [
        ...[...HOOKS, STATUS_LINE].map(({ name }) => `${name}.cjs`),
        'package',
        'secrets.cjs',
        'served',
        'version',
      ].sort(),
    );
    expect((await install(user, machine.around)).plan.changed).toBe(false);
  });

  it('puts a launcher and a copy of the program there for each hook, and the path of the package, all closed to others', async () => {
    const { around } = fakeMachine();
    await install(user, around);
    expect(statSync(around.folder.root).mode & 0o777).toBe(0o700);
    for (const { name } of [...HOOKS, STATUS_LINE]) {
      expect(statSync(`${around.folder.bin}/${name}`).mode & 0o777).toBe(0o700);
      expect(readFileSync(`${around.folder.bin}/${name}.cjs`)).toEqual(
        readFileSync(`${around.origin.folder}/dist/hooks/${name}.cjs`),
      );
    }
    expect(readFileSync(`${around.folder.bin}/package`, 'utf8')).toBe(`${around.origin.folder}\n`);
  });

  it('gives a new settings file mode 0600 and keeps the mode of an old one', async () => {
    const fresh = fakeMachine();
    await install(user, fresh.around);
    expect(statSync(fresh.settings).mode & 0o777).toBe(0o600);
    const old = fakeMachine();
    writeFileSync(old.settings, OTHERS);
    chmodSync(old.settings, 0o644);
    await install(user, old.around);
    expect(statSync(old.settings).mode & 0o777).toBe(0o644);
  });

  it('keeps a symbolic link and writes where it points to', async () => {
    const machine = fakeMachine();
    const target = join(machine.home, 'dot files/claude.json');
    mkdirSync(dirname(target));
    writeFileSync(target, OTHERS);
    symlinkSync('../dot files/claude.json', machine.settings);
    await install(user, machine.around);
    expect(lstatSync(machine.settings).isSymbolicLink()).toBe(true);
    expect(lstatSync(target).isFile()).toBe(true);
    expect(JSON.parse(readFileSync(target, 'utf8')).hooks.Stop).toHaveLength(1);
    expect(readdirSync(dirname(target))).toEqual(['claude.json']);
  });

  it('writes through a link whose target is not there yet', async () => {
    const machine = fakeMachine();
    symlinkSync(join(machine.home, 'later.json'), machine.settings);
    await install(user, machine.around);
    expect(lstatSync(machine.settings).isSymbolicLink()).toBe(true);
    expect(existsSync(join(machine.home, 'later.json'))).toBe(true);
  });

  it('updates the time limit of entries that an earlier version wrote, in place', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    await install(user, machine.around);
    const current = readFileSync(machine.settings, 'utf8');
    writeFileSync(machine.settings, current.replaceAll(/("args": \[\],\s*"timeout": )30/g, '$15'));
    const { plan } = await install(user, machine.around);
    expect(plan).toMatchObject({ added: HOOKS.length, removed: HOOKS.length });
    expect(readFileSync(machine.settings, 'utf8')).toBe(current);
  });

  it('does not touch the file when there is nothing to do', async () => {
    const machine = fakeMachine();
    await install(user, machine.around);
    utimesSync(machine.settings, 1_000, 1_000);
    const { ino } = statSync(machine.settings);
    const again = await install(user, machine.around);
    expect(again).toMatchObject({
      plan: { changed: false, added: 0, removed: 0, diff: '' },
      backup: undefined,
      filesWritten: 0,
    });
    expect(statSync(machine.settings)).toMatchObject({ ino, mtimeMs: 1_000_000 });
  });

  it('takes out what is no longer chosen, and keeps that choice when run again without one', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    await install(user, machine.around);
    const done = await install({ scope: 'user', features: ['failure'] }, machine.around);
    const failure = HOOKS.filter((hook) => hook.feature === 'failure');
    expect(done.plan).toMatchObject({ added: 0, removed: HOOKS.length - failure.length });
    expect((await install(user, machine.around)).plan.changed).toBe(false);
    expect(
      Object.values(commands(machine))
        .flat()
        .filter((command) => command.startsWith(machine.around.folder.bin)),
    ).toHaveLength(failure.length);
    await install(
      { scope: 'user', features: ['session', 'checkpoint', 'failure', 'routing'] },
      machine.around,
    );
    expect((await install(user, machine.around)).plan.changed).toBe(false);
    expect(Object.keys(commands(machine))).toHaveLength(
      new Set(HOOKS.map(({ event }) => event)).size + 1,
    );
  });

  it('keeps what was there before each changing run, the last five', async () => {
    let now = Date.UTC(2026, 0, 1);
    const machine = fakeMachine({ clock: () => (now += 1_000) });
    writeFileSync(machine.settings, OTHERS);
    const first = await install(user, machine.around);
    expect(readFileSync(first.backup ?? '', 'utf8')).toBe(OTHERS);
    for (const features of [
      ['session'],
      ['failure'],
      ['routing'],
      ['session'],
      ['failure'],
      ['routing'],
    ] as const) {
      await install({ scope: 'user', features }, machine.around);
    }
    const kept = readdirSync(join(machine.around.folder.root, 'install'));
    expect(kept.filter((name) => name.endsWith('.backup'))).toHaveLength(5);
    const original = kept.filter((name) => name.endsWith('.first-backup'));
    expect(
      original.map((name) =>
        readFileSync(join(machine.around.folder.root, 'install', name), 'utf8'),
      ),
    ).toEqual([OTHERS]);
  });

  it.each([
    ['a read-only file', (machine: FakeMachine) => chmodSync(machine.settings, 0o444)],
    ['a read-only folder', (machine: FakeMachine) => chmodSync(dirname(machine.settings), 0o555)],
  ])('refuses %s and changes nothing', async (_, prepare) => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    prepare(machine);
    await expect(install(user, machine.around)).rejects.toMatchObject({
      code: 'SETTINGS_UNWRITABLE',
      remedy: expect.stringContaining('`chmod u+w '),
    });
    expect(readFileSync(machine.settings, 'utf8')).toBe(OTHERS);
    expect(existsSync(machine.around.folder.root)).toBe(false);
    chmodSync(dirname(machine.settings), 0o755);
  });

  it.each([
    ['is not JSON', '{ // mine\n}', 'SETTINGS_INVALID'],
    ['is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'SETTINGS_INVALID'],
  ])('refuses a file that %s and changes nothing', async (_, content, code) => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, content);
    await expect(install(user, machine.around)).rejects.toMatchObject({ code });
    expect(readFileSync(machine.settings)).toEqual(Buffer.from(content));
    expect(existsSync(machine.around.folder.root)).toBe(false);
  });

  it('refuses a pipe and a device in place of the file, and waits for neither', async () => {
    for (const make of [
      (path: string) => execFileSync('mkfifo', [path]),
      (path: string) => symlinkSync('/dev/zero', path),
    ]) {
      const { around, settings } = fakeMachine();
      make(settings);
      await expect(install(user, around)).rejects.toMatchObject({
        code: 'SETTINGS_UNWRITABLE',
        message: expect.stringMatching(/^Cannot read .*: it is not a plain file$/),
      });
    }
  });

  it('refuses a folder in place of the file, and a loop of links', async () => {
    const folder = fakeMachine();
    mkdirSync(folder.settings);
    await expect(install(user, folder.around)).rejects.toMatchObject({
      code: 'SETTINGS_UNWRITABLE',
    });
    const loop = fakeMachine();
    symlinkSync(loop.settings, loop.settings);
    await expect(install(user, loop.around)).rejects.toMatchObject({ code: 'SETTINGS_UNWRITABLE' });
  });

  it('refuses a package that is not built, before it changes anything', async () => {
    const machine = fakeMachine({ origin: { folder: '/gone', version: '1' } });
    await expect(install(user, machine.around)).rejects.toMatchObject({ code: 'INSTALL_FAILED' });
    expect(existsSync(machine.settings)).toBe(false);
  });

  it('copies a package from a place that may be cleaned up, and runs that copy', async () => {
    const machine = fakeMachine();
    const around = { ...machine.around, temporaryFolders: [dirname(machine.around.origin.folder)] };
    const done = await install(user, around);
    expect(done.packageFolder).toBe(`${around.folder.root}/package/1.2.3`);
    expect(readFileSync(`${around.folder.bin}/package`, 'utf8')).toBe(`${done.packageFolder}\n`);
    expect(readFileSync(`${around.folder.bin}/stop`, 'utf8')).toContain(
      '/package/1.2.3/dist/hooks/stop.cjs',
    );
    expect(existsSync(`${done.packageFolder}/dist/waymark.cjs`)).toBe(true);
  });

  it('writes the worker mode only when one is asked for', async () => {
    const { around } = fakeMachine();
    await install(user, around);
    expect(existsSync(around.folder.configFile)).toBe(false);
    await install({ scope: 'user', workerMode: 'on-demand' }, around);
    expect(JSON.parse(readFileSync(around.folder.configFile, 'utf8'))).toEqual({ idleExit: 60 });
  });

  it('does not write while another program holds the lock', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    mkdirSync(`${machine.settings}.lock`);
    await expect(install(user, machine.around)).rejects.toMatchObject({
      code: 'SETTINGS_UNWRITABLE',
    });
    expect(readFileSync(machine.settings, 'utf8')).toBe(OTHERS);
  });

  it('reads the file again under the lock, so that what its holder wrote is kept', async () => {
    const machine = fakeMachine({ lockRetries: 20 });
    writeFileSync(machine.settings, OTHERS);
    mkdirSync(`${machine.settings}.lock`);
    const installing = install(user, machine.around);
    writeFileSync(machine.settings, OTHERS.replace('"opus"', '"sonnet"'));
    rmdirSync(`${machine.settings}.lock`);
    const { backup } = await installing;
    expect(readFileSync(machine.settings, 'utf8')).toContain('"sonnet"');
    expect(readFileSync(backup ?? '', 'utf8')).toContain('"sonnet"');
  });

  it('keeps what a program without the lock writes meanwhile', async () => {
    const place = writtenMeanwhile(1);
    const { backup, plan } = await install(user, place.around);
    const text = readFileSync(place.settings, 'utf8');
    expect(text).toBe(plan.after);
    expect(text).toContain('"model-1"');
    expect(readFileSync(backup ?? '', 'utf8')).toContain('"model-1"');
  });

  it('gives up where another program changes the file all the time', async () => {
    const place = writtenMeanwhile(100);
    await expect(install(user, place.around)).rejects.toMatchObject({
      code: 'SETTINGS_UNWRITABLE',
      message: expect.stringContaining('another program changes it'),
    });
    expect(readFileSync(place.settings, 'utf8')).toBe(place.last());
  });

  it('leaves no lock and no temporary file', async () => {
    const machine = fakeMachine();
    await install(user, machine.around);
    expect(readdirSync(dirname(machine.settings))).toEqual(['settings.json']);
  });
});

/**
 * Claude Code changes its model so many times, each time after the file was read and before it is
 * written.
 */
function writtenMeanwhile(times: number) {
  let written = 0;
  const textOf = (nth: number): string => OTHERS.replace('"opus"', `"model-${nth}"`);
  const machine = fakeMachine({
    clock: () => {
      if (written < times) {
        written += 1;
        writeFileSync(machine.settings, textOf(written));
      }
      return Date.UTC(2026, 10, 22, 10);
    },
  });
  writeFileSync(machine.settings, OTHERS);
  return { ...machine, last: () => textOf(written) };
}

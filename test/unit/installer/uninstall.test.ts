import fc from 'fast-check';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { install, installFiles } from '../../../installer/install.ts';
import { installService } from '../../../lib/actions/service.ts';
import { servicePlace } from '../../../lib/query/service.ts';
import { formatUninstallNotes } from '../../../installer/texts.ts';
import { makeRecovery } from '../../support/recovery.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { uninstall, uninstallFiles } from '../../../installer/uninstall.ts';
import { anySettingsText } from '../claude/settings/any-settings.ts';
import { OTHERS } from '../claude/settings/sample-settings.ts';
import { fakeMachine } from './fake-surroundings.ts';

const user = { scope: 'user' } as const;
const read = (file: string) => readFileSync(file, 'utf8');

describe('a WAYMARK_HOME that has other things in it', () => {
  /** As a home folder or `/` looks like. */
  function shared() {
    const root = join(tempFolder(), 'me');
    for (const name of ['bin', 'log', 'archive', 'package'])
      mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, 'bin/stop'), 'mine');
    const machine = fakeMachine({ folder: stateFolderAt(`${root}-state`, {}, []) });
    const folder = stateFolderAt(root, {}, []);
    return { root, machine, around: { ...machine.around, folder } };
  }

  it.each([
    ['install', ({ around }: ReturnType<typeof shared>) => install(user, around)],
    ['install for the plugin', ({ around }) => installFiles(undefined, around)],
    ['uninstall', ({ around }) => uninstall('user', false, around)],
    ['uninstall with a purge', ({ around }) => uninstall('user', true, around)],
    ['uninstall for the plugin', ({ around }) => uninstallFiles(true, around)],
  ] satisfies ReadonlyArray<
    readonly [string, (place: ReturnType<typeof shared>) => Promise<unknown>]
  >)('is refused by %s, and nothing in it is touched', async (_, act) => {
    const place = shared();
    await expect(act(place)).rejects.toMatchObject({ code: 'HOME_UNUSABLE' });
    expect(readdirSync(place.root).sort()).toEqual(['archive', 'bin', 'log', 'package']);
    expect(read(join(place.root, 'bin/stop'))).toBe('mine');
    expect(existsSync(place.machine.settings)).toBe(false);
  });

  it('is not purged where it is the home folder, also once hooks have recorded there', async () => {
    const { root, around } = shared();
    mkdirSync(join(root, 'queue/pending'), { recursive: true });
    const environment = { ...around.environment, HOME: root };
    await expect(uninstall('user', true, { ...around, environment })).rejects.toMatchObject({
      code: 'HOME_UNUSABLE',
    });
    expect(read(join(root, 'bin/stop'))).toBe('mine');
  });

  it.each(['package', 'bin', 'log', 'install'])(
    'is taken where an interrupted installation left only %s',
    async (name) => {
      const root = join(tempFolder(), 'state');
      mkdirSync(join(root, name), { recursive: true, mode: 0o700 });
      const machine = fakeMachine({ folder: stateFolderAt(root, {}, []) });
      await install(user, machine.around);
      expect(existsSync(join(root, 'bin/stop'))).toBe(true);
    },
  );

  it('is taken where a user has only written settings and handlers, and purged after an uninstall', async () => {
    const root = join(tempFolder(), 'kept');
    mkdirSync(join(root, 'handlers'), { recursive: true, mode: 0o700 });
    writeFileSync(join(root, 'config.json'), '{}');
    const machine = fakeMachine({ folder: stateFolderAt(root, {}, []) });
    writeFileSync(machine.settings, OTHERS);
    await install(user, machine.around);
    await uninstall('user', false, machine.around);
    expect(existsSync(join(root, 'install'))).toBe(true);
    await uninstall('user', true, machine.around);
    expect(existsSync(root)).toBe(false);
  });
});

describe('uninstall', () => {
  it.each([
    ['hooks of others', OTHERS],
    ['no final newline', OTHERS.trimEnd()],
    ['CRLF', OTHERS.replaceAll('\n', '\r\n')],
    ['tabs', '{\n\t"model": "x"\n}\n'],
    ['one line', '{"model":"x"}'],
    ['an empty object', '{ }'],
    ['empty groups', '{"hooks": {"Stop": [ ], "PreToolUse": [{"hooks": [ ]}]}}'],
    ['nothing in it', ''],
    ['white space', ' \n\t'],
  ])('gives a file with %s back byte for byte', async (_, before) => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, before);
    await install(user, machine.around);
    await install({ scope: 'user', features: ['session'] }, machine.around);
    expect(read(machine.settings)).not.toBe(before);
    const { plan } = await uninstall('user', false, machine.around);
    expect(plan.changed).toBe(true);
    expect(read(machine.settings)).toBe(before);
  });

  it('gives any settings in any formatting back byte for byte', async () => {
    const machine = fakeMachine();
    await fc.assert(
      fc.asyncProperty(anySettingsText, async ({ text }) => {
        writeFileSync(machine.settings, text);
        await install(user, machine.around);
        await uninstall('user', false, machine.around);
        expect(read(machine.settings)).toBe(text);
      }),
      // each writes all launchers; settings-properties.test.ts tries hundreds of texts
      { numRuns: 40 },
    );
  });

  it.each([false, true])('removes the service with the last hooks (purge: %s)', async (purge) => {
    const machine = fakeMachine();
    const { around, home } = machine;
    await install(user, around);
    const { node, nodeVersion, platform, origin } = around;
    const request = { node, nodeVersion, platform, package: origin.folder, starts: false };
    const { file } = await installService(around, request);
    expect(file.startsWith(`${home}/.config/systemd/user/waymark-`)).toBe(true);
    await uninstall('user', purge, around);
    expect(existsSync(file)).toBe(false);
  });

  it('leaves a service file of another program alone', async () => {
    const { around, home } = fakeMachine();
    const place = servicePlace(around);
    const file = place?.file ?? '';
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '[Unit]\n');
    await install(user, around);
    await uninstall('user', true, around);
    expect(read(file)).toBe('[Unit]\n');
    expect(file.startsWith(home)).toBe(true);
  });

  it('removes a file that it made, with the folder that it made for it', async () => {
    const machine = fakeMachine();
    await install({ scope: 'local' }, machine.around);
    expect(existsSync(join(machine.around.cwd, '.claude/settings.local.json'))).toBe(true);
    await uninstall('local', false, machine.around);
    expect(readdirSync(machine.around.cwd)).toEqual([]);
  });

  it('leaves a folder that was there, and one that holds something else by now', async () => {
    const machine = fakeMachine();
    await install(user, machine.around);
    await install({ scope: 'local' }, machine.around);
    writeFileSync(join(machine.around.cwd, '.claude/notes.md'), '');
    await uninstall('user', false, machine.around);
    await uninstall('local', false, machine.around);
    expect(readdirSync(dirname(machine.settings))).toEqual([]);
    expect(readdirSync(join(machine.around.cwd, '.claude'))).toEqual(['notes.md']);
  });

  it('removes only its own entries when another program wrote since', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    await install(user, machine.around);
    writeFileSync(machine.settings, read(machine.settings).replace('"opus"', '"sonnet"'));
    await uninstall('user', false, machine.around);
    expect(read(machine.settings)).toBe(OTHERS.replace('"opus"', '"sonnet"'));
  });

  it('keeps what another program wrote between two installations', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    await install(user, machine.around);
    writeFileSync(machine.settings, read(machine.settings).replace('"opus"', '"sonnet"'));
    await install({ scope: 'user', features: ['session'] }, machine.around);
    await uninstall('user', false, machine.around);
    expect(read(machine.settings)).toBe(OTHERS.replace('"opus"', '"sonnet"'));
  });

  it('starts over after the entries were removed by hand', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    await install(user, machine.around);
    writeFileSync(machine.settings, '{ "theirs":1 }');
    await install(user, machine.around);
    await uninstall('user', false, machine.around);
    expect(read(machine.settings)).toBe('{ "theirs":1 }');
  });

  it('takes its entries out without any record, too', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    await install(user, machine.around);
    rmSync(join(machine.around.folder.root, 'install'), { recursive: true });
    await uninstall('user', false, machine.around);
    expect(read(machine.settings)).toBe(OTHERS);
  });

  it('never gives back a file with entries of ours, after a lost record', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    await install(user, machine.around);
    rmSync(join(machine.around.folder.root, 'install'), { recursive: true });
    await install({ scope: 'user', features: ['session'] }, machine.around);
    await uninstall('user', false, machine.around);
    expect(read(machine.settings)).toBe(OTHERS);
  });

  it('writes through a link and keeps it', async () => {
    const machine = fakeMachine();
    const target = join(machine.home, 'claude.json');
    writeFileSync(target, OTHERS);
    symlinkSync(target, machine.settings);
    await install(user, machine.around);
    await uninstall('user', false, machine.around);
    expect(read(target)).toBe(OTHERS);
    expect(statSync(machine.settings).ino).toBe(statSync(target).ino);
  });

  it('removes launchers, programs and the copied package, stops the worker, and keeps the data', async () => {
    const machine = fakeMachine();
    const around = { ...machine.around, temporaryFolders: [dirname(machine.around.origin.folder)] };
    await install(user, around);
    writeFileSync(around.folder.store, 'data');
    mkdirSync(`${around.folder.root}/cache/hooks`, { recursive: true });
    writeFileSync(`${around.folder.root}/cache/hooks/stop-20.20.2-x64`, 'compiled');
    const done = await uninstall('user', false, around);
    expect(done.stillUsedBy).toEqual([]);
    expect(machine.runs).toEqual([
      [`${around.folder.root}/package/1.2.3/dist/waymark.cjs`, 'worker', 'stop'],
    ]);
    expect(readdirSync(around.folder.root).sort()).toEqual(['install', 'waymark.db']);
    expect(
      readdirSync(`${around.folder.root}/install`).every((name) => name.endsWith('.backup')),
    ).toBe(true);
  });

  it('goes on when the worker cannot be stopped', async () => {
    const machine = fakeMachine({}, { code: undefined, stdout: '' });
    await install(user, machine.around);
    await uninstall('user', false, machine.around);
    expect(existsSync(machine.around.folder.bin)).toBe(false);
  });

  it('leaves launchers, worker and data to other settings files that use them', async () => {
    const machine = fakeMachine();
    await install(user, machine.around);
    await install({ scope: 'local' }, machine.around);
    const elsewhere = { ...machine.around, cwd: join(machine.home, 'elsewhere') };
    const done = await uninstall('user', false, elsewhere);
    expect(done.stillUsedBy).toEqual([join(machine.around.cwd, '.claude/settings.local.json')]);
    expect(existsSync(`${machine.around.folder.bin}/stop`)).toBe(true);
    expect(machine.runs).toEqual([]);
    await expect(uninstall('user', true, elsewhere)).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
    });
    expect(existsSync(`${machine.around.folder.bin}/stop`)).toBe(true);
  });

  it('counts a broken settings file that names the launchers as one that uses them', async () => {
    const machine = fakeMachine();
    await install(user, machine.around);
    await install({ scope: 'local' }, machine.around);
    const local = join(machine.around.cwd, '.claude/settings.local.json');
    writeFileSync(local, `${read(local)}// a comment`);
    expect((await uninstall('user', false, machine.around)).stillUsedBy).toEqual([local]);
  });

  it('deletes the data when asked to, but nothing that others put into the folder', async () => {
    const machine = fakeMachine();
    const { folder } = machine.around;
    await install(user, machine.around);
    const recovery = makeRecovery(folder.recovery);
    for (const made of [folder.queue, folder.log]) mkdirSync(made);
    const secrets = ['webhooks.json', 'webhooks-state.json', 'trusted.json', 'webhooks.json.4711'];
    for (const made of ['delivering', 'handlers']) mkdirSync(`${folder.root}/${made}`);
    for (const made of [...secrets, 'delivering/event.json', 'theirs.txt', 'waymark.db-wal'])
      writeFileSync(`${folder.root}/${made}`, '');
    const done = await uninstall('user', true, machine.around);
    expect(done.backup).toBeUndefined();
    expect(done.purged?.strange).toEqual([`${folder.root}/theirs.txt`]);
    expect(readdirSync(folder.root)).toEqual(['theirs.txt']);
    expect(existsSync(recovery)).toBe(false);
    rmSync(`${folder.root}/theirs.txt`);
    await uninstall('user', true, machine.around);
    expect(existsSync(folder.root)).toBe(false);
  });

  it('keeps handlers that the user wrote, and says so', async () => {
    const machine = fakeMachine();
    const { folder } = machine.around;
    await install(user, machine.around);
    mkdirSync(`${folder.root}/handlers`);
    writeFileSync(`${folder.root}/handlers/mine.sh`, '');
    const done = await uninstall('user', true, machine.around);
    expect(readdirSync(folder.root)).toEqual(['handlers']);
    expect(formatUninstallNotes(done, machine.around)).toContain(
      `Your own handlers stay: ${folder.root}/handlers`,
    );
  });

  it('does nothing where nothing is installed', async () => {
    const machine = fakeMachine();
    const { plan } = await uninstall('local', false, machine.around);
    expect(plan.changed).toBe(false);
    expect(existsSync(join(machine.around.cwd, '.claude'))).toBe(false);
    writeFileSync(machine.settings, OTHERS);
    expect((await uninstall('user', false, machine.around)).plan.changed).toBe(false);
    expect(read(machine.settings)).toBe(OTHERS);
  });

  it('refuses a file that is not JSON by now, and leaves everything', async () => {
    const machine = fakeMachine();
    await install(user, machine.around);
    writeFileSync(machine.settings, '{,}');
    await expect(uninstall('user', false, machine.around)).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
    });
    expect(existsSync(`${machine.around.folder.bin}/stop`)).toBe(true);
  });
});

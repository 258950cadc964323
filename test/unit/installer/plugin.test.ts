import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_FLAGS, type Flags } from '../../../installer/flags.ts';
import { install } from '../../../installer/install.ts';
import { listRecords, writeRecord } from '../../../installer/install-record.ts';
import { isForPlugin } from '../../../installer/plugin.ts';
import { planInstall } from '../../../installer/plan.ts';
import { runSilently } from '../../../installer/silent.ts';
import { uninstall } from '../../../installer/uninstall.ts';
import { collectInstallWarnings } from '../../../installer/warnings.ts';
import { fakeMachine, type FakeMachine } from './fake-surroundings.ts';

const served = ({ around }: FakeMachine): readonly string[] =>
  readFileSync(`${around.folder.bin}/served`, 'utf8').split('\n').slice(0, -1);

const silently = ({ around }: FakeMachine, flags: Partial<Flags>) =>
  runSilently({ ...NO_FLAGS, yes: true, ...flags }, around, false);

const forPlugin = { settings: false } as const;
const user = { scope: 'user' } as const;

/** The user's settings enable the plugin. */
function enable({ settings }: FakeMachine): void {
  writeFileSync(settings, '{\n  "enabledPlugins": { "waymark@waymark": true }\n}\n');
}

describe('the note of what settings files serve', () => {
  it('has the folder of each settings file with the hooks, as Claude Code names it', async () => {
    const machine = fakeMachine();
    await install(user, machine.around);
    expect(served(machine)).toEqual([dirname(machine.settings)]);
    await install({ scope: 'local' }, machine.around);
    expect(served(machine)).toEqual(
      [`${machine.around.cwd}/.claude`, dirname(machine.settings)].sort(),
    );
    await uninstall('user', false, machine.around);
    expect(served(machine)).toEqual([`${machine.around.cwd}/.claude`]);
    await uninstall('local', false, machine.around);
    expect(existsSync(machine.around.folder.bin)).toBe(false);
  });

  it('has both names of a folder where the file is a link', async () => {
    const machine = fakeMachine();
    const real = `${machine.home}/dotfiles/claude.json`;
    mkdirSync(dirname(real));
    writeFileSync(real, '{}');
    symlinkSync(real, machine.settings);
    await install(user, machine.around);
    expect(served(machine)).toEqual([dirname(real), dirname(machine.settings)].sort());
  });

  it('is made for an installation of an earlier version when that is brought up to date', async () => {
    const machine = fakeMachine();
    const { folder } = machine.around;
    await install(user, machine.around);
    for (const { place: _, ...record } of listRecords(folder.root))
      writeRecord(folder.root, record);
    await install(user, machine.around);
    expect(listRecords(folder.root)[0]?.place).toBe(dirname(machine.settings));
    expect(served(machine)).toEqual([dirname(machine.settings)]);
  });

  it('is not written again when nothing changes', async () => {
    const machine = fakeMachine();
    await install(user, machine.around);
    const { ino } = statSync(`${machine.around.folder.bin}/served`);
    await install(user, machine.around);
    expect(statSync(`${machine.around.folder.bin}/served`).ino).toBe(ino);
  });
});

describe('installing with --no-settings', () => {
  it('writes the launchers, proves them through the hooks of the plugin, and touches no settings file', async () => {
    const machine = fakeMachine();
    const { exitCode, result, lines } = await silently(machine, forPlugin);
    expect(exitCode).toBe(0);
    expect(existsSync(machine.settings)).toBe(false);
    expect(served(machine)).toEqual([]);
    expect(result).toMatchObject({
      scope: 'plugin',
      file: machine.around.folder.bin,
      changed: true,
    });
    expect(machine.runs.map((run) => run.at(-1))).toEqual([
      `${machine.around.origin.folder}/templates/plugin/hooks/hooks.json`,
    ]);
    expect(lines.join('\n')).toContain('claude plugin install waymark@waymark');
    expect(lines.at(-1)).toBe('Undo:  npx waymark uninstall --no-settings');
  });

  it('changes nothing the second time', async () => {
    const machine = fakeMachine();
    await silently(machine, forPlugin);
    const { result, lines } = await silently(machine, forPlugin);
    expect(result).toMatchObject({ changed: false, proof: null });
    expect(lines[0]).toBe(`Nothing to change in ${machine.around.folder.bin}.`);
  });

  it('does not ask for a plugin that is enabled, and says who serves where settings do', async () => {
    const machine = fakeMachine();
    enable(machine);
    await install(user, machine.around);
    const { result } = await silently(machine, forPlugin);
    expect(result.warnings).toEqual([
      `The hooks in ${machine.settings} run. Those of the plugin exit immediately.`,
    ]);
    expect(result.proof).toBe(null);
  });

  it('touches nothing in a dry run', async () => {
    const machine = fakeMachine();
    const { result } = await silently(machine, { ...forPlugin, dryRun: true });
    expect(result.changed).toBe(true);
    expect(existsSync(machine.around.folder.root)).toBe(false);
  });
});

describe('the hooks in settings beside the plugin', () => {
  it('come with a note that they serve', () => {
    const machine = fakeMachine();
    enable(machine);
    const warnings = collectInstallWarnings(
      planInstall('user', undefined, machine.around),
      machine.around,
    );
    expect(warnings.join('\n')).toContain(`The hooks in ${machine.settings} run`);
  });

  it('leave the launchers to the plugin when they go, and it loses them with the next uninstall', async () => {
    const machine = fakeMachine();
    const { around } = machine;
    await silently(machine, forPlugin);
    await install(user, around);
    expect((await uninstall('user', false, around)).stillUsedBy).toEqual(['the plugin']);
    expect(served(machine)).toEqual([]);
    expect(isForPlugin(around.folder.root)).toBe(true);
    await uninstall('user', false, around);
    expect(existsSync(around.folder.bin)).toBe(false);
    expect(isForPlugin(around.folder.root)).toBe(false);
  });

  it('are no reason to delete what the plugin uses', async () => {
    const machine = fakeMachine();
    await silently(machine, forPlugin);
    await install(user, machine.around);
    await expect(uninstall('user', true, machine.around)).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
      message: expect.stringContaining('the plugin'),
    });
    expect(existsSync(machine.settings)).toBe(true);
  });
});

describe('uninstalling with --no-settings', () => {
  it('takes the launchers out, and on request the data', async () => {
    const machine = fakeMachine();
    enable(machine);
    const before = readFileSync(machine.settings, 'utf8');
    await silently(machine, forPlugin);
    writeFileSync(machine.around.folder.store, '');
    const { lines } = await silently(machine, { ...forPlugin, uninstall: true });
    expect(lines.join('\n')).toContain('claude plugin uninstall waymark@waymark');
    expect(existsSync(machine.around.folder.bin)).toBe(false);
    expect(existsSync(machine.around.folder.store)).toBe(true);
    await silently(machine, { ...forPlugin, uninstall: true, purge: true });
    expect(existsSync(machine.around.folder.root)).toBe(false);
    expect(readFileSync(machine.settings, 'utf8')).toBe(before);
  });

  it('leaves what a settings file uses, and deletes nothing of it', async () => {
    const machine = fakeMachine();
    await install(user, machine.around);
    await silently(machine, forPlugin);
    const { lines } = await silently(machine, { ...forPlugin, uninstall: true });
    expect(lines).toEqual([`Launchers and data stay: ${machine.settings} still uses them.`]);
    await expect(
      silently(machine, { ...forPlugin, uninstall: true, purge: true }),
    ).rejects.toMatchObject({ code: 'INSTALL_FAILED' });
    expect(existsSync(`${machine.around.folder.bin}/stop`)).toBe(true);
  });
});

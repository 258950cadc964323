import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NO_FLAGS } from '../../../../installer/flags.ts';
import { install } from '../../../../installer/install.ts';
import { runSilently } from '../../../../installer/silent.ts';
import { pluginChecks } from '../../../../lib/query/doctor/plugin-checks.ts';
import { type FakeMachine, fakeMachine } from '../../installer/fake-surroundings.ts';

const enable = ({ settings }: FakeMachine): void =>
  writeFileSync(settings, '{"enabledPlugins":{"waymark@waymark":true}}');

const installFiles = ({ around }: FakeMachine) =>
  runSilently({ ...NO_FLAGS, yes: true, settings: false }, around, false);

const check = ({ around }: FakeMachine, hasSettings: boolean) =>
  pluginChecks(hasSettings, around).map(({ ok, message, remedy }) => ({ ok, message, remedy }));

const fine = (message: string) => [{ ok: true, message, remedy: null }];

describe('pluginChecks', () => {
  it('say nothing where there is no plugin', async () => {
    const machine = fakeMachine();
    expect(check(machine, false)).toEqual([]);
    await install({ scope: 'user' }, machine.around);
    expect(check(machine, true)).toEqual([]);
  });

  it('say who starts the hooks', async () => {
    const machine = fakeMachine();
    await installFiles(machine);
    expect(check(machine, false)).toEqual(
      fine(
        'The launchers for the plugin are installed, but no settings file enables the plugin here',
      ),
    );
    enable(machine);
    expect(check(machine, false)).toEqual(fine('The plugin starts the hooks'));
    await install({ scope: 'user' }, machine.around);
    expect(check(machine, true)).toEqual(
      fine('The plugin is enabled; if settings.json has the hooks, those run instead'),
    );
  });

  it('find a plugin without launchers', () => {
    const machine = fakeMachine();
    enable(machine);
    expect(check(machine, false)).toMatchObject([
      { ok: false, remedy: 'Run `waymark install --no-settings`.' },
    ]);
  });

  it('find a plugin beside an installation of an earlier version', async () => {
    const machine = fakeMachine();
    enable(machine);
    await install({ scope: 'user' }, machine.around);
    rmSync(`${machine.around.folder.bin}/served`);
    expect(check(machine, true)).toMatchObject([
      { ok: false, remedy: expect.stringContaining('`waymark install`') },
    ]);
  });
});

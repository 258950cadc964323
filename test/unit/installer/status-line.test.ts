import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { install } from '../../../installer/install.ts';
import { uninstall } from '../../../installer/uninstall.ts';
import { collectInstallWarnings } from '../../../installer/warnings.ts';
import { formatOutcome } from '../../../installer/texts.ts';
import { HOOKS } from '../../../lib/hook/manifest.ts';
import { OTHERS } from '../claude/settings/sample-settings.ts';
import { fakeMachine, type FakeMachine } from './fake-surroundings.ts';

const WITH = { scope: 'user', statusLine: true } as const;
const OWN =
  '{\n\t"statusLine": { "type":"command", "command":   "~/my line.sh", "padding": 2 },\n\t"theme": "dark"\n}\n';

const lineIn = (machine: FakeMachine) =>
  JSON.parse(readFileSync(machine.settings, 'utf8')).statusLine;
const wrapped = ({ around }: FakeMachine) => {
  const file = `${around.folder.root}/statusline.json`;
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).wrapped : undefined;
};

describe('installing the status line', () => {
  it('is left out unless it is wanted, and then stays until it is not', async () => {
    const machine = fakeMachine();
    await install({ scope: 'user' }, machine.around);
    expect(lineIn(machine)).toBeUndefined();
    const added = await install(WITH, machine.around);
    expect(formatOutcome(added.plan)).toMatch(/^Installed the status line in /);
    const { bin } = machine.around.folder;
    expect(lineIn(machine)).toEqual({
      type: 'command',
      command: `'${bin.replaceAll("'", `'\\''`)}/statusline'`,
      refreshInterval: 30,
    });
    expect((await install({ scope: 'user' }, machine.around)).plan.changed).toBe(false);
    const removed = await install({ scope: 'user', statusLine: false }, machine.around);
    expect(formatOutcome(removed.plan)).toMatch(/^Removed the status line from /);
    expect(lineIn(machine)).toBeUndefined();
    expect((await install({ scope: 'user' }, machine.around)).plan.changed).toBe(false);
  });

  it('keeps the own one inside, with its distance from the edge, and gives it back byte for byte', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OWN);
    const { plan } = await install(WITH, machine.around);
    expect(formatOutcome(plan)).toContain(`Installed ${HOOKS.length} hooks and the status line in`);
    expect(lineIn(machine)).toMatchObject({ padding: 2, refreshInterval: 30 });
    expect(wrapped(machine)).toEqual([
      { scope: 'user', file: machine.settings, command: '~/my line.sh' },
    ]);
    expect((await install(WITH, machine.around)).plan.changed).toBe(false);
    await uninstall('user', false, machine.around);
    expect(readFileSync(machine.settings, 'utf8')).toBe(OWN);
    expect(wrapped(machine)).toBeUndefined();
  });

  it('restores the own one byte for byte after another program wrote in between', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OWN);
    await install(WITH, machine.around);
    writeFileSync(
      machine.settings,
      readFileSync(machine.settings, 'utf8').replace('"dark"', '"light"'),
    );
    await install({ scope: 'user', features: ['failure'] }, machine.around);
    await uninstall('user', false, machine.around);
    expect(readFileSync(machine.settings, 'utf8')).toBe(OWN.replace('"dark"', '"light"'));
  });

  it('takes in one that was put there later, when it is run again', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, '{ "theme": "dark" }\n');
    await install(WITH, machine.around);
    const value = JSON.parse(readFileSync(machine.settings, 'utf8'));
    writeFileSync(
      machine.settings,
      JSON.stringify({ ...value, statusLine: { type: 'command', command: 'later' } }),
    );
    await install({ scope: 'user' }, machine.around);
    expect(wrapped(machine)).toMatchObject([{ command: 'later' }]);
    await uninstall('user', false, machine.around);
    expect(lineIn(machine)).toEqual({ type: 'command', command: 'later' });
  });

  it('runs the line of the user from a project, where it would hide it', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OWN);
    await install({ scope: 'local', statusLine: true }, machine.around);
    expect(wrapped(machine)).toMatchObject([{ scope: 'local', command: '~/my line.sh' }]);
    await install(WITH, machine.around);
    expect(wrapped(machine)).toHaveLength(2);
    await uninstall('local', false, machine.around);
    expect(wrapped(machine)).toMatchObject([{ scope: 'user' }]);
  });

  it('leaves one of an unknown form alone, and says so', async () => {
    const machine = fakeMachine();
    const before = '{"statusLine":{"type":"widget"},"theme":"dark"}';
    writeFileSync(machine.settings, before);
    const { plan } = await install(WITH, machine.around);
    expect(lineIn(machine)).toEqual({ type: 'widget' });
    expect(collectInstallWarnings(plan, machine.around).join('\n')).toContain(
      'has an unknown form',
    );
    await uninstall('user', false, machine.around);
    expect(readFileSync(machine.settings, 'utf8')).toBe(before);
  });

  it('starts Node itself on Windows', async () => {
    const machine = fakeMachine({ platform: 'win32', node: 'C:\\node\\node.exe' });
    await install(WITH, machine.around);
    expect(lineIn(machine).command).toBe(
      `"C:\\node\\node.exe" "${machine.around.folder.bin}/statusline.cjs"`,
    );
    await install({ scope: 'user', statusLine: false }, machine.around);
    expect(lineIn(machine)).toBeUndefined();
  });

  it('goes with the hooks and leaves the settings of others as they were', async () => {
    const machine = fakeMachine();
    writeFileSync(machine.settings, OTHERS);
    await install(WITH, machine.around);
    mkdirSync(`${machine.around.folder.root}/views`);
    await uninstall('user', true, machine.around);
    expect(readFileSync(machine.settings, 'utf8')).toBe(OTHERS);
    expect(existsSync(machine.around.folder.root)).toBe(false);
  });
});

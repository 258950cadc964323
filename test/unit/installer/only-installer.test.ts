import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { install } from '../../../installer/install.ts';
import { asOnlyInstaller } from '../../../installer/only-installer.ts';
import { uninstall } from '../../../installer/uninstall.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { type FakeMachine, fakeMachine } from './fake-surroundings.ts';

/** Another project of the same user, with a status line of its own. */
function project({ around, home }: FakeMachine, name: string) {
  const cwd = join(home, name);
  mkdirSync(join(cwd, '.claude'), { recursive: true });
  const line = { type: 'command', command: `echo ${name}` };
  writeFileSync(join(cwd, '.claude/settings.json'), JSON.stringify({ statusLine: line }));
  return { ...around, cwd };
}

/** A promise and the way to fulfil it. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('installers at the same time', () => {
  it('wait for each other, whatever settings file each of them changes', async () => {
    const { around } = fakeMachine({ lockRetries: 20 });
    mkdirSync(around.folder.root, { recursive: true });
    const [first, entered] = [gate(), gate()];
    const order: string[] = [];
    const one = asOnlyInstaller(around, async () => {
      entered.open();
      await first.opened;
      order.push('one');
    });
    await entered.opened;
    const other = asOnlyInstaller(around, () => Promise.resolve(order.push('other')));
    first.open();
    await Promise.all([one, other]);
    expect(order).toEqual(['one', 'other']);
    expect(readdirSync(around.folder.root)).toEqual([]);
  });

  it('are refused while another one is at work for longer, and change nothing', async () => {
    const machine = fakeMachine();
    mkdirSync(join(machine.around.folder.root, 'install.lock'), { recursive: true, mode: 0o700 });
    await expect(install({ scope: 'user' }, machine.around)).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
      message: expect.stringContaining('another waymark installer'),
    });
    expect(existsSync(machine.settings)).toBe(false);
    expect(existsSync(machine.around.folder.bin)).toBe(false);
  });

  it('go on after one that was killed before it wrote anything', async () => {
    const machine = fakeMachine();
    const lock = join(machine.around.folder.root, 'install.lock');
    mkdirSync(lock, { recursive: true, mode: 0o700 });
    chmodSync(machine.around.folder.root, 0o700);
    utimesSync(lock, 1, 1);
    await install({ scope: 'user' }, machine.around);
    expect(existsSync(join(machine.around.folder.bin, 'stop'))).toBe(true);
    expect(existsSync(lock)).toBe(false);
  });

  it('keep the status lines of all projects', async () => {
    const machine = fakeMachine({ lockRetries: 20 });
    const names = ['one', 'two', 'three'];
    await Promise.all(
      names.map((name) => install({ scope: 'project', statusLine: true }, project(machine, name))),
    );
    const kept = JSON.parse(
      readFileSync(join(machine.around.folder.root, 'statusline.json'), 'utf8'),
    );
    expect(kept.wrapped).toHaveLength(names.length);
  });

  it('leave the launchers that one of them needs', async () => {
    const machine = fakeMachine({ lockRetries: 20 });
    const [one, two] = [project(machine, 'one'), project(machine, 'two')];
    await install({ scope: 'project' }, one);
    await Promise.all([uninstall('project', false, one), install({ scope: 'project' }, two)]);
    expect(existsSync(join(machine.around.folder.bin, 'stop'))).toBe(true);
  });

  it('need no lock where nothing is installed, or the disk refuses one', async () => {
    const { around } = fakeMachine();
    expect(await asOnlyInstaller(around, () => Promise.resolve(1))).toBe(1);
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    const folder = { ...around.folder, root: file };
    expect(await asOnlyInstaller({ ...around, folder }, () => Promise.resolve(2))).toBe(2);
  });
});

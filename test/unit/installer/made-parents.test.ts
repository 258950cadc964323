import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { install, installFiles } from '../../../installer/install.ts';
import { uninstall, uninstallFiles } from '../../../installer/uninstall.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { fakeMachine } from './fake-surroundings.ts';

const user = { scope: 'user' } as const;

describe('the folders above the state folder', () => {
  const above = () => {
    const home = tempFolder();
    const folder = stateFolderAt(join(home, '.local/state/waymark'), {}, []);
    return { home, machine: fakeMachine({ folder }) };
  };

  it('go with a purge if the installer made them', async () => {
    const { home, machine } = above();
    await install(user, machine.around);
    await install({ scope: 'local' }, machine.around);
    await uninstall('local', false, machine.around);
    await uninstall('user', true, machine.around);
    expect(readdirSync(home)).toEqual([]);
  });

  it('go with a purge after an install for the plugin', async () => {
    const { home, machine } = above();
    await installFiles(undefined, machine.around);
    await uninstallFiles(true, machine.around);
    expect(readdirSync(home)).toEqual([]);
  });

  it('stay where they were there before, although they are empty', async () => {
    const { home, machine } = above();
    mkdirSync(join(home, '.local/state'), { recursive: true });
    await install(user, machine.around);
    await uninstall('user', true, machine.around);
    expect(readdirSync(join(home, '.local'))).toEqual(['state']);
  });

  it('stay where they hold something else by now, and without a purge', async () => {
    const { home, machine } = above();
    await install(user, machine.around);
    await uninstall('user', false, machine.around);
    expect(existsSync(join(home, '.local/state/waymark'))).toBe(true);
    writeFileSync(join(home, '.local/note'), '');
    await uninstall('user', true, machine.around);
    expect(readdirSync(join(home, '.local'))).toEqual(['note']);
  });

  it('stay where the note about them names others', async () => {
    const { home, machine } = above();
    await install(user, machine.around);
    const other = join(home, 'other');
    mkdirSync(other);
    writeFileSync(
      join(home, '.local/state/waymark/install/parents.json'),
      JSON.stringify([other, 7]),
    );
    await uninstall('user', true, machine.around);
    expect(readdirSync(home).sort()).toEqual(['.local', 'other']);
  });
});

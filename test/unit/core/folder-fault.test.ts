import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findFolderFault, USE_ANOTHER_FOLDER } from '../../../lib/core/folder-fault.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function folderOf(mode: number): string {
  const folder = join(tempFolder(), "it's here");
  mkdirSync(folder);
  chmodSync(folder, mode);
  return folder;
}

describe('findFolderFault', () => {
  it('accepts a private folder, a missing one, and links to either', () => {
    const folder = folderOf(0o700);
    const link = `${folder}-link`;
    symlinkSync(folder, link);
    symlinkSync(link, `${link}-2`);
    for (const root of [folder, `${folder}/a/b`, link, `${link}-2`, `${link}/new`])
      expect(findFolderFault(root)).toBeUndefined();
  });

  it.each([
    [0o755, 'it is open to others (mode 755)', false],
    [0o701, 'it is open to others (mode 701)', false],
    [0o770, 'it is open to others (mode 770)', true],
    [0o1777, 'it is open to others (mode 777)', true],
    [0o500, 'it is closed to you (mode 500)', false],
    [0o000, 'it is closed to you (mode 000)', false],
  ])('names mode %o, and the command that mends it', (mode, problem, isUnsafe) => {
    const root = folderOf(mode);
    const fault = findFolderFault(root);
    expect(fault).toMatchObject({ problem, kind: 'mode', isUnsafe });
    const command = fault?.remedy.replace(/^Run: /, '') ?? '';
    execFileSync('sh', ['-c', command]);
    expect(statSync(root).mode & 0o7777).toBe(0o700);
    expect(findFolderFault(root)).toBeUndefined();
  });

  const isRoot = process.getuid?.() === 0;
  it.each(isRoot ? [0, 65_534] : [0])(
    'tells nobody to change a folder with other things in it',
    (owner) => {
      const root = folderOf(0o700);
      mkdirSync(`${root}/bin`);
      mkdirSync(`${root}/log`);
      if (owner === 0) chmodSync(root, 0o777);
      else chownSync(root, owner, owner);
      expect(findFolderFault(root)).toMatchObject({ isUnsafe: true, remedy: USE_ANOTHER_FOLDER });
      mkdirSync(`${root}/queue/pending`, { recursive: true });
      expect(findFolderFault(root)?.remedy).toContain(root.replaceAll("'", "'\\''"));
    },
  );

  it('does not suggest to move a file without waymark in its name', () => {
    expect(findFolderFault('/etc/passwd')).toMatchObject({
      kind: 'place',
      remedy: USE_ANOTHER_FOLDER,
    });
    expect(findFolderFault('/dev/null')).toMatchObject({
      kind: 'place',
      remedy: USE_ANOTHER_FOLDER,
    });
  });

  it('checks the folder behind a link', () => {
    const folder = folderOf(0o750);
    symlinkSync(folder, `${folder}-link`);
    expect(findFolderFault(`${folder}-link`)).toMatchObject({ kind: 'mode' });
  });

  it.skipIf(process.getuid?.() !== 0)('names a folder of another user, also to root', () => {
    const root = folderOf(0o700);
    chownSync(root, 65_534, 65_534);
    expect(findFolderFault(root)).toMatchObject({
      problem: 'it belongs to another user (uid 65534)',
      kind: 'owner',
      isUnsafe: true,
    });
  });

  it('names a file, a pipe and a device, and suggests to move a file', () => {
    const root = join(tempFolder(), 'waymark');
    writeFileSync(root, 'x');
    const fault = findFolderFault(root);
    expect(fault).toMatchObject({ problem: 'it is not a folder', kind: 'place' });
    execFileSync('sh', ['-c', fault?.remedy.replace(/^Run: /, '') ?? '']);
    expect(findFolderFault(root)).toBeUndefined();
    execFileSync('mkfifo', [root]);
    expect(findFolderFault(root)).toMatchObject({ kind: 'place' });
    expect(findFolderFault('/dev/null')).toMatchObject({ kind: 'place' });
  });

  it('names a link to a missing folder, and the command that creates it', () => {
    const root = join(tempFolder(), 'state');
    symlinkSync('far/away', root);
    const fault = findFolderFault(root);
    expect(fault).toMatchObject({ kind: 'place', isUnsafe: true });
    execFileSync('sh', ['-c', fault?.remedy.replace(/^Run: /, '') ?? '']);
    expect(findFolderFault(root)).toBeUndefined();
  });

  it('names a path that leads through a file, or round in a circle', () => {
    const folder = tempFolder();
    symlinkSync('circle', join(folder, 'circle'));
    for (const root of ['/etc/passwd/state', '/etc/passwd/a/b', join(folder, 'circle/state')])
      expect(findFolderFault(root)).toMatchObject({ kind: 'place', isUnsafe: true });
  });
});

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isDisposable, isInside, placePackage } from '../../../installer/place-package.ts';
import { fakeMachine } from './fake-surroundings.ts';

function machineInCache() {
  const { around } = fakeMachine();
  return { ...around, temporaryFolders: [dirname(around.origin.folder)] };
}

describe('placePackage', () => {
  it('leaves a package in a permanent place where it is', () => {
    const { around } = fakeMachine();
    expect(placePackage(around)).toBe(around.origin.folder);
    expect(existsSync(around.folder.root)).toBe(false);
  });

  it('copies one in a cache, whole', () => {
    const around = machineInCache();
    const target = placePackage(around);
    expect(target).toBe(`${around.folder.root}/package/1.2.3`);
    expect(readdirSync(target).sort()).toEqual(readdirSync(around.origin.folder).sort());
    expect(readdirSync(`${around.folder.root}/package`)).toEqual(['1.2.3']);
  });

  it('keeps a copy with the same program, and replaces one with another', () => {
    const around = machineInCache();
    const target = placePackage(around);
    const { ino } = statSync(target);
    placePackage(around);
    expect(statSync(target).ino).toBe(ino);
    writeFileSync(join(around.origin.folder, 'dist/waymark.cjs'), 'new');
    placePackage(around);
    expect(readFileSync(`${target}/dist/waymark.cjs`, 'utf8')).toBe('new');
  });

  it('does not copy its own copy', () => {
    const around = machineInCache();
    const folder = placePackage(around);
    expect(
      placePackage({
        ...around,
        origin: { folder, version: '1.2.3' },
        temporaryFolders: [dirname(around.origin.folder)],
      }),
    ).toBe(folder);
  });

  it('says so when it cannot copy', () => {
    const around = machineInCache();
    writeFileSync(around.folder.root, 'a file in place of the folder');
    expect(() => placePackage(around)).toThrow(expect.objectContaining({ code: 'INSTALL_FAILED' }));
  });
});

describe('isDisposable', () => {
  it.each([
    '/home/x/.npm/_npx/0123abc/node_modules/waymark',
    '/home/x/.cache/pnpm/dlx/abc/node_modules/.pnpm/waymark@1/node_modules/waymark',
    '/home/x/.local/share/pnpm/dlx-1234/5/node_modules/waymark',
    '/var/folders/bunx-501-waymark@latest/node_modules/waymark',
    '/var/x/xfs-1234/dlx-99/node_modules/waymark',
    '/tmp/anything/waymark',
  ])('is true of %s', (folder) => {
    expect(isDisposable(folder, ['/tmp'])).toBe(true);
  });

  it.each([
    '/home/x/project/node_modules/waymark',
    '/usr/lib/node_modules/waymark',
    '/tmpfiles/waymark',
    '/home/x/my_npx/waymark',
  ])('is false of %s', (folder) => {
    expect(isDisposable(folder, ['/tmp'])).toBe(false);
  });
});

describe('isInside', () => {
  it.each([
    ['/a/b', '/a', true],
    ['/a', '/a', true],
    ['/a/..b', '/a', true],
    ['/ab', '/a', false],
    ['/', '/a', false],
  ])('of %s in %s is %s', (path, folder, answer) => {
    expect(isInside(path, folder)).toBe(answer);
  });
});

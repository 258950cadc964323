import { describe, expect, it } from 'vitest';
import { mkdirSync, readdirSync, renameSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openHomeFolder, openInHome } from '../../../lib/worker/home-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('openHomeFolder', () => {
  it('is the same until it is deleted', () => {
    const root = `${tempFolder()}/home`;
    mkdirSync(root);
    const home = openHomeFolder(root);
    expect(home.isSameFolder()).toBe(true);
    mkdirSync(`${root}/queue`);
    expect(home.isSameFolder(), 'what changes in it does not matter').toBe(true);
    rmdirSync(`${root}/queue`);
    rmdirSync(root);
    expect(home.isSameFolder()).toBe(false);
  });

  it('is not a folder that took its name', () => {
    const root = `${tempFolder()}/home`;
    mkdirSync(root);
    const home = openHomeFolder(root);
    renameSync(root, `${root}-old`);
    mkdirSync(root);
    expect(home.isSameFolder()).toBe(false);
  });

  it('does not count as deleted because the disk does not answer', () => {
    const parent = `${tempFolder()}/parent`;
    mkdirSync(`${parent}/home`, { recursive: true });
    const home = openHomeFolder(`${parent}/home`);
    renameSync(parent, `${parent}-aside`);
    symlinkSync(parent, parent); // a look at it ends with ELOOP
    expect(home.isSameFolder()).toBe(true);
  });
});

/** A state folder, and a way to put an empty one in its place. */
function replaceable() {
  const root = `${tempFolder()}/home`;
  mkdirSync(root);
  const replace = (): void => {
    renameSync(root, `${root}-old`);
    mkdirSync(root);
  };
  return { root, home: openHomeFolder(root), replace, names: () => readdirSync(root) };
}

describe('openInHome', () => {
  it('opens and makes files in the folder', () => {
    const { root, home, names } = replaceable();
    openInHome(home, sqliteDriver())(`${root}/search.db`).close();
    expect(names()).toEqual(['search.db']);
  });

  it('makes nothing in a folder that took its place', () => {
    const { root, home, replace, names } = replaceable();
    replace();
    expect(() => openInHome(home, sqliteDriver())(`${root}/search.db`)).toThrow('replaced');
    expect(names()).toEqual([]);
  });

  it('leaves nothing in a folder that takes its place just before the file is opened', () => {
    const { root, home, replace, names } = replaceable();
    const open = openInHome(home, (path) => {
      replace();
      return sqliteDriver()(path);
    });
    expect(() => open(`${root}/search.db`)).toThrow('replaced');
    expect(names()).toEqual([]);
  });

  it("keeps another worker's file of that name", () => {
    const { root, home, replace, names } = replaceable();
    const open = openInHome(home, (path) => {
      replace();
      writeFileSync(path, 'x');
      return sqliteDriver()(path);
    });
    expect(() => open(`${root}/search.db`)).toThrow('replaced');
    expect(names()).toEqual(['search.db']);
  });
});

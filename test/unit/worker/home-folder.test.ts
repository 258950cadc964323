import { describe, expect, it } from 'vitest';
import { mkdirSync, renameSync, rmdirSync, symlinkSync } from 'node:fs';
import { openHomeFolder } from '../../../lib/worker/home-folder.ts';
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

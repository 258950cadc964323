import { describe, expect, it } from 'vitest';
import { mkdirSync, renameSync, rmdirSync, symlinkSync } from 'node:fs';
import { openHome } from '../../../lib/worker/home.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('openHome', () => {
  it('is there until it is removed', () => {
    const root = `${tempFolder()}/home`;
    mkdirSync(root);
    const home = openHome(root);
    expect(home.isThere()).toBe(true);
    mkdirSync(`${root}/queue`);
    expect(home.isThere(), 'what changes in it does not matter').toBe(true);
    rmdirSync(`${root}/queue`);
    rmdirSync(root);
    expect(home.isThere()).toBe(false);
  });

  it('is not the folder that took its name', () => {
    const root = `${tempFolder()}/home`;
    mkdirSync(root);
    const home = openHome(root);
    renameSync(root, `${root}-old`);
    mkdirSync(root);
    expect(home.isThere()).toBe(false);
  });

  it('is not gone because the disk does not answer', () => {
    const parent = `${tempFolder()}/parent`;
    mkdirSync(`${parent}/home`, { recursive: true });
    const home = openHome(`${parent}/home`);
    renameSync(parent, `${parent}-aside`);
    symlinkSync(parent, parent); // a look at it ends with ELOOP
    expect(home.isThere()).toBe(true);
  });
});

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deleteViewDraft, writeView } from '../../../lib/core/write-view.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('a view', () => {
  it('is not written into a folder that replaced ours: that one has no queue', () => {
    const root = tempFolder();
    expect(() => writeView(`${root}/views`, 'a.json', '{}')).toThrow(/ENOENT/);
    expect(readdirSync(root)).toEqual([]);
  });

  it('is written with the folders that it needs, private to its owner', () => {
    const root = tempFolder();
    mkdirSync(`${root}/queue`);
    const views = `${root}/views`;
    writeView(views, 'failures/ab/abcd.json', '{}');
    expect(readFileSync(`${views}/failures/ab/abcd.json`, 'utf8')).toBe('{}');
    expect(statSync(`${views}/failures/ab/abcd.json`).mode & 0o777).toBe(0o600);
    expect(statSync(`${views}/failures/ab`).mode & 0o777).toBe(0o700);
  });

  it('is never written through a link or into a pipe that has the name of its draft', () => {
    const views = tempFolder();
    const other = `${tempFolder()}/other`;
    writeFileSync(other, 'as it was');
    const puts = [
      () => symlinkSync(other, `${views}/.draft`),
      () => linkSync(other, `${views}/.draft`),
      () => execFileSync('mkfifo', [`${views}/.draft`]),
    ];
    for (const [turn, put] of puts.entries()) {
      put();
      writeView(views, 'needles', `text ${turn}`);
      expect(lstatSync(`${views}/needles`).isFile()).toBe(true);
      expect(readFileSync(`${views}/needles`, 'utf8')).toBe(`text ${turn}`);
    }
    expect(readFileSync(other, 'utf8')).toBe('as it was');
  });

  it('is replaced completely, and leaves no draft', () => {
    const views = tempFolder();
    for (const text of ['a long text', 'short']) writeView(views, 'needles', text);
    expect(readFileSync(`${views}/needles`, 'utf8')).toBe('short');
    expect(readdirSync(views)).toEqual(['needles']);
  });

  it('replaces a draft that a crashed writer left', () => {
    const views = tempFolder();
    writeFileSync(`${views}/.draft`, 'half of a much longer te');
    writeView(views, 'needles', 'whole');
    expect(readdirSync(views)).toEqual(['needles']);
    expect(readFileSync(`${views}/needles`, 'utf8')).toBe('whole');
  });

  it('does not recreate a state folder that was deleted', () => {
    const root = tempFolder();
    rmSync(root, { recursive: true });
    expect(() => writeView(`${root}/views`, 'needles', '')).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
    expect(existsSync(root)).toBe(false);
  });
});

describe('something else in place of a view', () => {
  it.each([
    ['a link to the same text', (path: string) => symlinkSync(`${path}.other`, path)],
    ['a pipe that nobody writes to', (path: string) => execFileSync('mkfifo', [path])],
  ])('is replaced, and not waited for: %s', (_what, put) => {
    const views = tempFolder();
    writeFileSync(`${views}/needles.other`, 'whole');
    put(`${views}/needles`);
    writeView(views, 'needles', 'whole');
    expect(lstatSync(`${views}/needles`).isFile()).toBe(true);
    expect(readFileSync(`${views}/needles`, 'utf8')).toBe('whole');
  });
});

describe('the draft of a dead writer', () => {
  it('is deleted, and may be missing', () => {
    const views = tempFolder();
    writeFileSync(`${views}/.draft`, 'half');
    deleteViewDraft(views);
    deleteViewDraft(views);
    expect(readdirSync(views)).toEqual([]);
  });
});

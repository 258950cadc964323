import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dropDraft, writeView } from '../../../lib/core/write-view.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('a view', () => {
  it('is not made in a folder that took the place of ours: that one has no queue', () => {
    const root = tempFolder();
    expect(() => writeView(`${root}/views`, 'a.json', '{}')).toThrow(/ENOENT/);
    expect(readdirSync(root)).toEqual([]);
  });

  it('is made with the folders that it needs, for its owner alone', () => {
    const root = tempFolder();
    mkdirSync(`${root}/queue`);
    const views = `${root}/views`;
    writeView(views, 'failures/ab/abcd.json', '{}');
    expect(readFileSync(`${views}/failures/ab/abcd.json`, 'utf8')).toBe('{}');
    expect(statSync(`${views}/failures/ab/abcd.json`).mode & 0o777).toBe(0o600);
    expect(statSync(`${views}/failures/ab`).mode & 0o777).toBe(0o700);
  });

  it('is replaced whole, and leaves no draft', () => {
    const views = tempFolder();
    for (const text of ['a long text', 'short']) writeView(views, 'needles', text);
    expect(readFileSync(`${views}/needles`, 'utf8')).toBe('short');
    expect(readdirSync(views)).toEqual(['needles']);
  });

  it('takes the place of a draft that a dead writer left', () => {
    const views = tempFolder();
    writeFileSync(`${views}/.draft`, 'half of a much longer te');
    writeView(views, 'needles', 'whole');
    expect(readdirSync(views)).toEqual(['needles']);
    expect(readFileSync(`${views}/needles`, 'utf8')).toBe('whole');
  });

  it('does not bring a state folder back that was removed', () => {
    const root = tempFolder();
    rmSync(root, { recursive: true });
    expect(() => writeView(`${root}/views`, 'needles', '')).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
    expect(existsSync(root)).toBe(false);
  });
});

describe('the draft of a dead writer', () => {
  it('is cleared away, and need not be there', () => {
    const views = tempFolder();
    writeFileSync(`${views}/.draft`, 'half');
    dropDraft(views);
    dropDraft(views);
    expect(readdirSync(views)).toEqual([]);
  });
});

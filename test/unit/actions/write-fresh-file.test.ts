import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeFreshFile } from '../../../lib/actions/write-fresh-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('writeFreshFile', () => {
  it('writes all pieces for the user alone', () => {
    const file = `${tempFolder()}/a.md`;
    expect(writeFreshFile(file, ['a', 'é'], { replace: false })).toBe(3);
    expect(readFileSync(file, 'utf8')).toBe('aé');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('leaves a file that exists, and replaces it on request', () => {
    const folder = tempFolder();
    writeFileSync(`${folder}/a`, 'old');
    expect(() => writeFreshFile(`${folder}/a`, ['new'], { replace: false })).toThrow(/it exists$/);
    expect(readFileSync(`${folder}/a`, 'utf8')).toBe('old');
    writeFreshFile(`${folder}/a`, ['new'], { replace: true });
    expect(readFileSync(`${folder}/a`, 'utf8')).toBe('new');
  });

  it('leaves a file that is made while it writes', () => {
    const folder = tempFolder();
    const pieces = function* (): Generator<string> {
      yield 'new';
      writeFileSync(`${folder}/a`, 'old');
    };
    expect(() => writeFreshFile(`${folder}/a`, pieces(), { replace: false })).toThrow(/it exists$/);
    expect(readFileSync(`${folder}/a`, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('leaves nothing of a text that breaks off', () => {
    const folder = tempFolder();
    const pieces = function* (): Generator<string> {
      yield 'new';
      throw new Error('broken');
    };
    expect(() => writeFreshFile(`${folder}/a`, pieces(), { replace: false })).toThrow('broken');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([true, () => true])('refuses a pipe and a folder, and does not wait (%s)', (replace) => {
    const folder = tempFolder();
    execFileSync('mkfifo', [`${folder}/pipe`]);
    mkdirSync(`${folder}/folder`);
    expect(() => writeFreshFile(`${folder}/pipe`, ['x'], { replace })).toThrow(
      /^Cannot write .*pipe: it is a pipe or a device$/,
    );
    expect(() => writeFreshFile(`${folder}/folder`, ['x'], { replace })).toThrow(
      /^Cannot write .*folder: it is a folder$/,
    );
    expect(readdirSync(folder)).toEqual(['folder', 'pipe']);
  });

  it('says why it cannot write', () => {
    const folder = tempFolder();
    expect(() => writeFreshFile(`${folder}/none/a`, ['x'], { replace: false })).toThrow(
      /^Cannot write .*none\/a: ENOENT/,
    );
    symlinkSync(`${folder}/elsewhere`, `${folder}/link`);
    expect(() => writeFreshFile(`${folder}/link`, ['x'], { replace: false })).toThrow(
      /^Cannot write/,
    );
  });
});

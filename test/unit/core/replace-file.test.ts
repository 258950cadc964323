import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replaceFile, replaceIfSame } from '../../../lib/core/replace-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/**
 * Replaces `path` in a process whose files cannot grow past 1,024 bytes: the write that passes it
 * takes what fits, as on a nearly full disk.
 */
function replaceLimited(path: string, content: string): string {
  const code = `import { replaceFile, replaceIfSame } from './lib/core/replace-file.ts';
try { replaceFile(process.argv[1], process.argv[2], { mode: 0o600 }); console.log('replaced'); } catch (error) { console.log(error.code); }`;
  const args = [
    '-c',
    'trap "" XFSZ; ulimit -f 2; exec "$@"',
    'sh',
    process.execPath,
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    code,
    path,
    content,
  ];
  return spawnSync('/bin/sh', args, { encoding: 'utf8' }).stdout.trim();
}

describe('replaceFile', () => {
  it('creates a file with the given mode, and leaves nothing beside it', () => {
    const folder = tempFolder();
    replaceFile(`${folder}/a.json`, '{"ü":"漢"}', { mode: 0o640 });
    expect(readFileSync(`${folder}/a.json`, 'utf8')).toBe('{"ü":"漢"}');
    expect(statSync(`${folder}/a.json`).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  it('replaces text by bytes, and longer content by shorter', () => {
    const path = `${tempFolder()}/a`;
    writeFileSync(path, 'a longer text');
    replaceFile(path, Buffer.from([0xff, 0x00]), { mode: 0o600, fsync: false });
    expect([...readFileSync(path)]).toEqual([0xff, 0x00]);
  });

  it('leaves the file unchanged when the disk takes only a part of the content', () => {
    const folder = tempFolder();
    writeFileSync(`${folder}/a.json`, '{}');
    expect(replaceLimited(`${folder}/a.json`, 'x'.repeat(3_000))).toBe('EFBIG');
    expect(readFileSync(`${folder}/a.json`, 'utf8')).toBe('{}');
    expect(readdirSync(folder)).toEqual(['a.json']);
  });
});

describe('replaceIfSame', () => {
  it('replaces a file that is still as it was, and creates one that is still missing', () => {
    const folder = tempFolder();
    expect(replaceIfSame(`${folder}/a`, undefined, 'one', { mode: 0o600 })).toBe(true);
    expect(replaceIfSame(`${folder}/a`, 'one', 'two', { mode: 0o600 })).toBe(true);
    expect(readFileSync(`${folder}/a`, 'utf8')).toBe('two');
  });

  it.each([undefined, 'other'])('keeps a file that changed since it was %s', (before) => {
    const folder = tempFolder();
    writeFileSync(`${folder}/a`, 'theirs');
    expect(replaceIfSame(`${folder}/a`, before, 'ours', { mode: 0o600 })).toBe(false);
    expect(readFileSync(`${folder}/a`, 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('does not create a file anew that was deleted', () => {
    const folder = tempFolder();
    expect(replaceIfSame(`${folder}/a`, 'one', 'two', { mode: 0o600 })).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });
});

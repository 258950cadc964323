import {
  appendFileSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type KnownFile, openAppend } from '../../../lib/journal/append-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** A file with these lines, as the store would know it. */
function written(lines: string): { readonly path: string; readonly known: KnownFile } {
  const path = `${tempFolder()}/log/a.jsonl`;
  const file = openAppend(path, undefined);
  file.append(Buffer.from(lines));
  file.close();
  return { path, known: { inode: file.inode, length: file.length } };
}

function open(path: string, known: KnownFile | undefined, comesAgain = true): string {
  const file = openAppend(path, known, { comesAgain: () => comesAgain });
  file.close();
  expect(file.length).toBe(statSync(path).size);
  return file.found;
}

describe('openAppend', () => {
  it('creates the file and its folder, private to their owner', () => {
    const { path } = written('a\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it('cuts off what was never committed', () => {
    const { path, known } = written('a\n');
    appendFileSync(path, 'b\nc');
    expect(open(path, known)).toBe('cut');
    expect(readFileSync(path, 'utf8')).toBe('a\n');
    expect(open(path, known)).toBe('as known');
  });

  it('keeps lines that the store does not have: an older copy of it was restored', () => {
    const { path, known } = written('a\n');
    appendFileSync(path, 'b\nc');
    expect(open(path, known, false)).toBe('foreign');
    expect(readFileSync(path, 'utf8')).toBe('a\nb\nc\n');
  });

  it('keeps what another program wrote, and ends its last line', () => {
    const { path, known } = written('a\n');
    rmSync(path);
    writeFileSync(path, 'x\ny');
    expect(open(path, known)).toBe('foreign');
    expect(readFileSync(path, 'utf8')).toBe('x\ny\n');
  });

  it('takes a file that was emptied for a new one', () => {
    const { path, known } = written('a\n');
    truncateSync(path);
    expect(open(path, known)).toBe('foreign');
  });

  it.each([
    ['is shorter than what was committed', 'aaa\nbb', 'aaa\n'],
    ['has zeros where lines were committed', 'aaa\nbb\0\0', 'aaa\n'],
    ['has no whole line left', 'aa', ''],
  ])('goes back to the last whole line of a file that %s', (_title, left, expected) => {
    const { path, known } = written('aaa\nbbb\n');
    truncateSync(path);
    writeFileSync(path, left);
    expect(open(path, known)).toBe('short');
    expect(readFileSync(path, 'utf8')).toBe(expected);
  });

  it('continues after a partial write', () => {
    const path = `${tempFolder()}/a.jsonl`;
    const file = openAppend(path, undefined, {
      write: (_fd, bytes, offset, _length, position) => {
        appendFileSync(path, bytes.subarray(offset, offset + 1));
        expect(position).toBe(offset);
        return 1;
      },
    });
    file.append(Buffer.from('abc\n'));
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('abc\n');
  });
});

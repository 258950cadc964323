import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  readAppended,
  type ReadLimits,
  type FileChunk,
  type FileCursor,
} from '../../../lib/core/read-appended.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const SMALL: ReadLimits = { chunkBytes: 16, lineBytes: 64 };

function transcript(text: string): string {
  const file = join(tempFolder(), 'session.jsonl');
  writeFileSync(file, text);
  return file;
}

function chunk(
  file: string,
  cursor?: FileCursor,
  limits?: ReadLimits,
): Extract<FileChunk, { state: 'read' }> {
  const read = readAppended(file, cursor, limits);
  if (read.state !== 'read') throw new Error(`the file is ${read.state}`);
  return read;
}

function readAll(
  file: string,
  limits: ReadLimits,
): { lines: string[]; skipped: number; calls: number; offset: number } {
  const lines: string[] = [];
  let skipped = 0;
  let cursor: FileCursor | undefined;
  for (let calls = 1; ; calls += 1) {
    const read = chunk(file, cursor, limits);
    lines.push(...read.lines);
    skipped += read.skipped;
    cursor = read.cursor;
    if (!read.more) return { lines, skipped, calls, offset: cursor.offset };
  }
}

describe('readAppended', () => {
  it('reads each line once, however the file grows', () => {
    const file = transcript('one\n');
    const first = chunk(file);
    appendFileSync(file, 'two\nthree\n');
    const second = chunk(file, first.cursor);
    const third = chunk(file, second.cursor);
    expect([first.lines, second.lines, third.lines]).toEqual([['one'], ['two', 'three'], []]);
    expect(third).toMatchObject({ more: false, restarted: false });
  });

  it('waits for the end of a half-written last line', () => {
    const file = transcript('one\n{"half":');
    const first = chunk(file);
    expect(first).toMatchObject({ lines: ['one'], more: false });
    appendFileSync(file, 'true}\n');
    expect(chunk(file, first.cursor).lines).toEqual(['{"half":true}']);
  });

  it('never reads more than a chunk at a time and loses no line between chunks', () => {
    const lines = Array.from({ length: 50 }, (_, index) =>
      `${index}`.padStart(1 + (index % 9), 'é'),
    );
    const read = readAll(transcript(`${lines.join('\n')}\n`), SMALL);
    expect(read.lines).toEqual(lines);
    expect(read.calls).toBeGreaterThan(10);
  });

  it('reads a line that is longer than a chunk', () => {
    const long = 'x'.repeat(64);
    expect(readAll(transcript(`a\n${long}\nb\n`), SMALL)).toMatchObject({
      lines: ['a', long, 'b'],
      skipped: 0,
    });
  });

  it('skips a line that is too long and loses nothing after it', () => {
    const text = `a\n${'x'.repeat(65)}\nb\n${'y'.repeat(500)}\nc\n`;
    expect(readAll(transcript(text), SMALL)).toMatchObject({
      lines: ['a', 'b', 'c'],
      skipped: 2,
      offset: text.length,
    });
  });

  it('waits for the end of a line that is too long', () => {
    const file = transcript(`a\n${'x'.repeat(200)}`);
    const first = chunk(file, undefined, SMALL);
    const waiting = chunk(file, first.cursor, SMALL);
    expect(waiting).toMatchObject({ lines: [], skipped: 0, more: false, cursor: { offset: 2 } });
    appendFileSync(file, 'x\nb\n');
    const passed = chunk(file, waiting.cursor, SMALL);
    expect(passed).toMatchObject({ lines: [], skipped: 1, more: true });
    expect(chunk(file, passed.cursor, SMALL).lines).toEqual(['b']);
  });

  it.each<[string, (file: string) => void]>([
    ['cut', (file) => truncateSync(file, 4)],
    [
      'rewritten in place',
      (file) => writeFileSync(file, 'new\nlines that are longer than what was there\n'),
    ],
    [
      'replaced by a copy',
      (file) => {
        writeFileSync(`${file}.new`, 'one\ntwo\nthree\n');
        renameSync(`${file}.new`, file);
      },
    ],
  ])('reads a file again from its start when it was %s', (_name, change) => {
    const file = transcript('one\ntwo\n');
    const { cursor } = chunk(file);
    change(file);
    const again = chunk(file, cursor);
    expect(again.restarted).toBe(true);
    expect(again.lines).toEqual(readAll(file, { chunkBytes: 1 << 20, lineBytes: 1 << 20 }).lines);
  });

  it('reports a missing file', () => {
    expect(readAppended(join(tempFolder(), 'none.jsonl'))).toEqual({ state: 'missing' });
    expect(readAppended(join(transcript('x'), 'below.jsonl'))).toEqual({ state: 'missing' });
  });

  it('tells a folder and a pipe from a file, without waiting for a writer', () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'folder.jsonl'));
    execFileSync('mkfifo', [join(folder, 'pipe.jsonl')]);
    expect(readAppended(join(folder, 'folder.jsonl'))).toEqual({ state: 'unreadable' });
    expect(readAppended(join(folder, 'pipe.jsonl'))).toEqual({ state: 'unreadable' });
  });
});

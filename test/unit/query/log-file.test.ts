import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { followFile, lastLines } from '../../../lib/query/log-file.ts';
import { eventually } from '../../support/eventually.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('lastLines', () => {
  it('gives the last whole lines; a half one comes later', async () => {
    const file = `${tempFolder()}/x.log`;
    writeFileSync(file, 'a\nb\nc\nhalf');
    expect(await lastLines(file, 2)).toMatchObject({ lines: ['b', 'c'], end: { offset: 6 } });
  });

  it('has none without a file', async () => {
    expect((await lastLines(`${tempFolder()}/none.log`, 5)).lines).toEqual([]);
  });
});

describe('followFile', () => {
  it('hands on new lines, whole ones only, also from the file that takes its place', async () => {
    const file = `${tempFolder()}/x.log`;
    writeFileSync(file, 'old\nha');
    const seen: string[] = [];
    const stop = new AbortController();
    const done = followFile(
      file,
      (await lastLines(file, 10)).end,
      (line) => void seen.push(line),
      stop.signal,
    );
    appendFileSync(file, 'lf\nnext\n');
    await eventually('two lines', () => seen.length === 2);
    renameSync(file, `${file}.1`);
    writeFileSync(file, 'anew\n');
    await eventually('the line of the new file', () => seen.length === 3);
    stop.abort();
    await done;
    expect(seen).toEqual(['half', 'next', 'anew']);
  });
});

import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressFile } from '../../../lib/journal/compress-file.ts';
import type { BlockHeader } from '../../../lib/journal/gzip-block.ts';
import type { Damage } from '../../../lib/journal/read-blocks.ts';
import { readLines } from '../../../lib/journal/read-lines.ts';
import { namesIn } from '../../support/test-home.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-22T00:00:00Z');

function line(index: number): string {
  return JSON.stringify({
    event_id: `e${index}`,
    event_type: 'a.b',
    timestamp: new Date(START + (index * HOUR) / 100).toISOString(),
    payload: { text: `ü${index}` },
  });
}

/** A closed file of so many events, and what it is compressed. */
function sample(count: number): {
  readonly lines: readonly string[];
  readonly plain: string;
  readonly compressed: string;
} {
  const folder = tempFolder();
  const plain = `${folder}/day.closed.jsonl`;
  const lines = Array.from({ length: count }, (_, index) => line(index));
  writeFileSync(plain, `${lines.join('\n')}\n`);
  return { lines, plain, compressed: `${folder}/day.jsonl.gz` };
}

function compressed(count: number): { readonly lines: readonly string[]; readonly path: string } {
  const { lines, plain, compressed: path } = sample(count);
  for (const _step of compressFile(plain, {}));
  return { lines, path };
}

function read(
  path: string,
  options: { readonly backwards?: boolean; readonly wants?: (block: BlockHeader) => boolean } = {},
): { lines: string[]; damage: Damage[] } {
  const damage: Damage[] = [];
  return {
    lines: [...readLines(path, { onDamage: (one) => damage.push(one), ...options })],
    damage,
  };
}

describe('readLines', () => {
  it('reads a plain file from either end', () => {
    const { lines, plain } = sample(9_000);
    expect(read(plain)).toEqual({ lines, damage: [] });
    expect(read(plain, { backwards: true }).lines).toEqual(lines.toReversed());
  });

  it('reads lines that are longer than what is read at once', () => {
    const path = `${tempFolder()}/long`;
    const lines = ['a', 'b'.repeat(700_000), 'c', 'd'.repeat(300_000)];
    writeFileSync(path, `${lines.join('\n')}\n`);
    expect(read(path).lines).toEqual(lines);
    expect(read(path, { backwards: true }).lines).toEqual(lines.toReversed());
  });

  it('skips an unfinished line, and reports it', () => {
    const { lines, plain } = sample(3);
    appendFileSync(plain, '{"event_id":"half');
    expect(read(plain)).toEqual({
      lines,
      damage: [
        { path: plain, offset: statSync(plain).size - 17, reason: 'the file ends within a line' },
      ],
    });
    expect(read(plain, { backwards: true }).lines).toEqual(lines.toReversed());
  });

  it('reads nothing from a missing or empty file', () => {
    const path = `${tempFolder()}/none`;
    expect(read(path).lines).toEqual([]);
    writeFileSync(path, '');
    for (const backwards of [true, false])
      expect(read(path, { backwards })).toEqual({ lines: [], damage: [] });
  });

  it('reads a compressed file from either end, as any other program does', () => {
    const { lines, path } = compressed(1_000);
    expect(read(path)).toEqual({ lines, damage: [] });
    expect(read(path, { backwards: true }).lines).toEqual(lines.toReversed());
    expect(gunzipSync(readFileSync(path)).toString()).toBe(`${lines.join('\n')}\n`);
    expect(namesIn(path.slice(0, path.lastIndexOf('/')))).toEqual(['day.jsonl.gz']);
  });

  it('unpacks only blocks whose times are wanted', () => {
    const { lines, path } = compressed(1_000);
    const from = START + 5 * HOUR;
    const found = read(path, { wants: (block) => block.to >= from }).lines;
    expect(found.length).toBeLessThan(800);
    expect(found).toEqual(lines.slice(-found.length));
    expect(found[0]).toBe(line(256));
  });

  it('reads a truncated file up to the damage, and says where that is', () => {
    const { lines, path } = compressed(1_000);
    truncateSync(path, statSync(path).size - 100);
    const found = read(path);
    expect(found.lines).toEqual(lines.slice(0, 768));
    expect(found.damage).toMatchObject([{ path, reason: 'the file ends within a block' }]);
  });

  it('continues after damage in the middle', () => {
    const { lines, path } = compressed(1_000);
    const bytes = readFileSync(path);
    bytes.fill(0xff, 60, 2_000);
    writeFileSync(path, bytes);
    const found = read(path);
    expect(found.lines).toEqual(lines.slice(256));
    expect(found.damage).toHaveLength(1);
    writeFileSync(path, bytes.fill(0, 0, 8));
    expect(read(path)).toMatchObject({
      lines: lines.slice(256),
      damage: [{ offset: 0, reason: 'no block begins here' }],
    });
  });
});

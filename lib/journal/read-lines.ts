import { closeSync, fstatSync, readSync } from 'node:fs';
import type { BlockHeader } from './gzip-block.ts';
import { openToRead } from './open-to-read.ts';
import { blocksIn, type OnDamage, readBlock } from './read-blocks.ts';

export interface ReadOptions {
  readonly onDamage: OnDamage;
  /** Whether to unpack a block of a compressed file. Default: all. */
  readonly wants?: (block: BlockHeader) => boolean;
  /** Read from the last line to the first. */
  readonly backwards?: boolean;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Reads the lines of a plain or compressed file of events, block by block. Reports and skips an
 * unfinished last line: its writer may be at work.
 */
export function* readLines(path: string, options: ReadOptions): Generator<string> {
  const fd = openToRead(path);
  if (fd === undefined) return; // It was deleted or compressed after it was listed.
  try {
    const size = fstatSync(fd).size;
    if (path.endsWith('.gz')) yield* ofBlocks(fd, size, path, options);
    else if (options.backwards === true) yield* plainBackwards(fd, size);
    else yield* plain(fd, size, path, options.onDamage);
  } finally {
    closeSync(fd);
  }
}

function* ofBlocks(
  fd: number,
  size: number,
  path: string,
  { onDamage, wants, backwards }: ReadOptions,
): Generator<string> {
  const blocks = blocksIn(fd, size, path, onDamage).filter((block) => wants?.(block) ?? true);
  for (const block of backwards === true ? blocks.toReversed() : blocks) {
    const lines = readBlock(fd, block, path, onDamage);
    yield* backwards === true ? lines.toReversed() : lines;
  }
}

function* plain(fd: number, size: number, path: string, onDamage: OnDamage): Generator<string> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  while (offset < size) {
    const chunk = readAt(fd, offset, Math.min(CHUNK_BYTES, size - offset));
    if (chunk.length === 0) break;
    offset += chunk.length;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end > 0) yield* bytes.toString('utf8', 0, end - 1).split('\n');
    rest = bytes.subarray(end);
  }
  if (rest.length > 0)
    onDamage({ path, offset: offset - rest.length, reason: 'the file ends within a line' });
}

function* plainBackwards(fd: number, size: number): Generator<string> {
  let rest: Buffer = Buffer.alloc(0);
  let isLast = true;
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - CHUNK_BYTES);
    const bytes = Buffer.concat([readAt(fd, from, end - from), rest]);
    end = from;
    const start = from === 0 ? 0 : bytes.indexOf(0x0a) + 1;
    if (start === 0 && from > 0) {
      rest = bytes;
      continue;
    }
    const lines = bytes.toString('utf8', start).split('\n').toReversed();
    if (isLast) lines.shift(); // Nothing after the last line end, or an unfinished line.
    isLast = false;
    yield* lines;
    rest = bytes.subarray(0, Math.max(0, start - 1));
  }
}

function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
}

import { readSync } from 'node:fs';
import { reasonOf } from '../core/errors.ts';
import { BLOCK_MAGIC, type BlockHeader, readBlockHeader } from './gzip-block.ts';

/** An unreadable place in a file. */
export interface Damage {
  readonly path: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly reason: string;
}

/** Called with each place that was skipped. */
export type OnDamage = (damage: Damage) => void;

/** Reads the blocks of a compressed file. Skips everything else up to the next block. */
export function blocksIn(
  fd: number,
  size: number,
  path: string,
  onDamage: OnDamage,
): readonly BlockHeader[] {
  const blocks: BlockHeader[] = [];
  for (let offset = 0; offset < size; ) {
    const block = readBlockHeader(fd, offset);
    if (block !== undefined && offset + block.size <= size) {
      blocks.push(block);
      offset += block.size;
      continue;
    }
    onDamage({
      path,
      offset,
      reason: block === undefined ? 'no block begins here' : 'the file ends within a block',
    });
    const next = nextMagic(fd, offset + 1, size);
    if (next === undefined) break;
    offset = next;
  }
  return blocks;
}

/** Reads the lines of a block. Reports a damaged block and returns none. */
export function readBlock(
  fd: number,
  { offset, size }: BlockHeader,
  path: string,
  onDamage: OnDamage,
): readonly string[] {
  try {
    const bytes = Buffer.alloc(size);
    readSync(fd, bytes, 0, size, offset);
    // Loaded on demand: most reads meet no compressed block, and loading takes a millisecond or
    // two.
    const { gunzipSync } = process.getBuiltinModule('node:zlib');
    return gunzipSync(bytes).toString('utf8').split('\n').slice(0, -1);
  } catch (error) {
    onDamage({ path, offset, reason: reasonOf(error) });
    return [];
  }
}

const LOOK_BYTES = 1 << 20;

function nextMagic(fd: number, from: number, size: number): number | undefined {
  const bytes = Buffer.alloc(LOOK_BYTES + BLOCK_MAGIC.length);
  for (let offset = from; offset < size; offset += LOOK_BYTES) {
    const found = bytes
      .subarray(0, readSync(fd, bytes, 0, bytes.length, offset))
      .indexOf(BLOCK_MAGIC);
    if (found >= 0) return offset + found;
  }
  return undefined;
}

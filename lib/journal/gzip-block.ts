import { readSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';
import { eventHead } from './event-head.ts';

/** The header of a block, and its offset in the file. */
export interface BlockHeader {
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
  readonly events: number;
  /** Times of its first and last event, in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/**
 * Magic, deflate, flag for an extra field; time (none), no level, unknown system; length of the
 * extra field: one subfield, `WM`, 24 bytes.
 */
const PREFIX = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 28, 0, 0x57, 0x4d, 24, 0]);
const HEADER_BYTES = PREFIX.length + 24;
const TRAILER_BYTES = 8;

/** The first bytes of every block. */
export const BLOCK_MAGIC = PREFIX;

/**
 * Compresses lines as one gzip member. Its extra field has its length, the number of events, and
 * their first and last time. A file of such members is an ordinary gzip file that can be walked
 * without unpacking.
 */
export function gzipBlock(lines: readonly string[]): Buffer {
  const text = Buffer.from(`${lines.join('\n')}\n`);
  const packed = deflateRawSync(text);
  const { from, to } = span(lines);
  const block = Buffer.concat([PREFIX, Buffer.alloc(24), packed, Buffer.alloc(TRAILER_BYTES)]);
  block.writeUInt32LE(block.length, PREFIX.length);
  block.writeUInt32LE(lines.length, PREFIX.length + 4);
  block.writeDoubleLE(from, PREFIX.length + 8);
  block.writeDoubleLE(to, PREFIX.length + 16);
  block.writeUInt32LE(crc32(text), block.length - 8);
  block.writeUInt32LE(text.length >>> 0, block.length - 4);
  return block;
}

/** Reads the header at `offset`. Returns `undefined` if no block begins there. */
export function readBlockHeader(fd: number, offset: number): BlockHeader | undefined {
  const bytes = Buffer.alloc(HEADER_BYTES);
  if (
    readSync(fd, bytes, 0, HEADER_BYTES, offset) < HEADER_BYTES ||
    !bytes.subarray(0, PREFIX.length).equals(PREFIX)
  )
    return undefined;
  const size = bytes.readUInt32LE(PREFIX.length);
  if (size < HEADER_BYTES + TRAILER_BYTES) return undefined;
  return {
    offset,
    size,
    events: bytes.readUInt32LE(PREFIX.length + 4),
    from: bytes.readDoubleLE(PREFIX.length + 8),
    to: bytes.readDoubleLE(PREFIX.length + 16),
  };
}

function span(lines: readonly string[]): { readonly from: number; readonly to: number } {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const line of lines) {
    const at = eventHead(line)?.at ?? Number.NaN;
    // It matches every time.
    if (Number.isNaN(at)) return { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
    from = Math.min(from, at);
    to = Math.max(to, at);
  }
  return { from, to };
}

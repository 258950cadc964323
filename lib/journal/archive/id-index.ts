import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import { replaceFile } from '../../core/replace-file.ts';
import { eventHead } from '../event-head.ts';

/** Collects the ids of a compressed file, each with the place of its block. */
export interface IdIndexBuilder {
  add(offset: number, lines: readonly string[]): void;
  /** Writes the index to `path` completely or not at all. */
  write(path: string): void;
}

const MAGIC = Buffer.from('WMINDEX1');
const HEAD_BYTES = MAGIC.length + 4;
const ENTRY_BYTES = 8;

/**
 * Builds the index of one file: a sorted table of 32-bit hashes and block offsets, 8 bytes per
 * event. Can be rebuilt from the file.
 */
export function idIndexBuilder(): IdIndexBuilder {
  const offsets: number[] = [];
  const keys: number[] = [];
  return {
    add(offset, lines) {
      const block = offsets.push(offset) - 1;
      for (const line of lines) {
        const id = eventHead(line)?.id;
        // 32 bits and 21 bits fit into a number.
        if (id !== undefined) keys.push(hashOf(id) * 0x20_0000 + block);
      }
    },
    write(path) {
      const sorted = Float64Array.from(keys).sort();
      const bytes = Buffer.alloc(HEAD_BYTES + sorted.length * ENTRY_BYTES);
      MAGIC.copy(bytes);
      bytes.writeUInt32LE(sorted.length, MAGIC.length);
      for (const [index, key] of sorted.entries()) {
        bytes.writeUInt32LE(Math.floor(key / 0x20_0000), HEAD_BYTES + index * ENTRY_BYTES);
        bytes.writeUInt32LE(offsets[key % 0x20_0000] ?? 0, HEAD_BYTES + index * ENTRY_BYTES + 4);
      }
      replaceFile(path, bytes, { mode: 0o600 });
    },
  };
}

/**
 * Returns the offsets of blocks that may contain this id: usually none or one. `undefined` if the
 * index is missing or damaged.
 */
export function lookUpId(path: string, id: string): readonly number[] | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const head = read(fd, 0, HEAD_BYTES);
    if (head.length < HEAD_BYTES || !head.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
    const count = head.readUInt32LE(MAGIC.length);
    if (fstatSync(fd).size !== HEAD_BYTES + count * ENTRY_BYTES) return undefined;
    return search(fd, count, hashOf(id));
  } finally {
    closeSync(fd);
  }
}

function search(fd: number, count: number, hash: number): readonly number[] {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entry(fd, middle).hash < hash) low = middle + 1;
    else high = middle;
  }
  const found = new Set<number>();
  for (let index = low; index < count; index += 1) {
    const { hash: other, offset } = entry(fd, index);
    if (other !== hash) break;
    found.add(offset);
  }
  return [...found];
}

function entry(fd: number, index: number): { readonly hash: number; readonly offset: number } {
  const bytes = read(fd, HEAD_BYTES + index * ENTRY_BYTES, ENTRY_BYTES);
  return { hash: bytes.readUInt32LE(0), offset: bytes.readUInt32LE(4) };
}

function read(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
}

/** FNV-1a with a final mix, so that ids that differ only in the last digit are spread. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  return (hash ^ (hash >>> 15)) >>> 0;
}

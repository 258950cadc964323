import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from './errors.ts';

/** How far a file was read, and what shows that it is still the same file. */
export interface FileCursor {
  readonly inode: string;
  /** Bytes, at the start of a line. */
  readonly offset: number;
  /** Hash of the bytes just before `offset`. */
  readonly tailHash: string;
}

export type FileChunk =
  | { readonly state: 'missing' | 'unreadable' }
  | {
      readonly state: 'read';
      /** Complete lines, without their ends. */
      readonly lines: readonly string[];
      /** Lines too long to keep that were passed over. */
      readonly skipped: number;
      /** Where to read on. */
      readonly cursor: FileCursor;
      /** The cursor that was given did not fit the file, which was read from its start. */
      readonly restarted: boolean;
      /** There is more to read at once. */
      readonly more: boolean;
    };

export interface ReadLimits {
  /** Bytes per call. */
  readonly chunkBytes: number;
  /** A line longer than this is passed over, never kept in memory. */
  readonly lineBytes: number;
  /** The file is complete: its last line counts even without a line end. */
  readonly isClosed?: boolean;
}

const LIMITS: ReadLimits = { chunkBytes: 1 << 20, lineBytes: 8 << 20 };
const TAIL_BYTES = 512;
const NEWLINE = 0x0a;

interface OpenFile {
  readonly fd: number;
  readonly inode: string;
  readonly size: number;
}

/**
 * The next lines of an append-only file. Memory is bounded by the limits whatever the size of the file.
 * A last line without its end waits for it. A file that was replaced, cut or rewritten is read from its start.
 * A file that is not there, or is no plain file, is a state and not an error; a failing disk throws.
 */
export function readOn(file: string, cursor?: FileCursor, limits: ReadLimits = LIMITS): FileChunk {
  const opened = openPlain(file);
  if (typeof opened === 'string') return { state: opened };
  try {
    const fits = cursor === undefined || fitsFile(opened, cursor);
    return chunkFrom(opened, fits ? (cursor?.offset ?? 0) : 0, !fits, limits);
  } finally {
    closeSync(opened.fd);
  }
}

function openPlain(file: string): OpenFile | 'missing' | 'unreadable' {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK); // a FIFO under that name must not hold the worker
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error)) ? 'missing' : 'unreadable';
  }
  const stat = fstatSync(fd, { bigint: true });
  if (stat.isFile()) return { fd, inode: String(stat.ino), size: Number(stat.size) };
  closeSync(fd);
  return 'unreadable';
}

function fitsFile(file: OpenFile, cursor: FileCursor): boolean {
  return (
    file.inode === cursor.inode &&
    cursor.offset <= file.size &&
    tailHash(file, cursor.offset) === cursor.tailHash
  );
}

function chunkFrom(
  file: OpenFile,
  offset: number,
  restarted: boolean,
  limits: ReadLimits,
): FileChunk {
  let bytes = readAt(file, offset, limits.chunkBytes);
  if (!bytes.includes(NEWLINE) && offset + bytes.length < file.size)
    bytes = readAt(file, offset, limits.lineBytes + 1);
  const isWhole =
    limits.isClosed === true && offset + bytes.length >= file.size && bytes.at(-1) !== NEWLINE;
  const end = isWhole ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1;
  const isTooLong = end === 0 && bytes.length > limits.lineBytes;
  const next = isTooLong
    ? afterNextNewline(file, offset + bytes.length, limits.chunkBytes)
    : offset + end;
  const place = next ?? offset;
  return {
    state: 'read',
    lines: end === 0 ? [] : bytes.toString('utf8', 0, isWhole ? end : end - 1).split('\n'),
    skipped: isTooLong && next !== undefined ? 1 : 0,
    cursor: { inode: file.inode, offset: place, tailHash: tailHash(file, place) },
    restarted,
    more: place > offset && (isTooLong || offset + bytes.length < file.size),
  };
}

/** The place after the next line end, or `undefined` when the file ends first. */
function afterNextNewline(file: OpenFile, from: number, chunkBytes: number): number | undefined {
  for (let place = from; place < file.size; ) {
    const bytes = readAt(file, place, chunkBytes);
    if (bytes.length === 0) return undefined;
    const found = bytes.indexOf(NEWLINE);
    if (found >= 0) return place + found + 1;
    place += bytes.length;
  }
  return undefined;
}

/** Up to `length` bytes from `offset`; fewer only at the end of the file. */
function readAt(file: OpenFile, offset: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, file.size - offset)));
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(file.fd, buffer, filled, buffer.length - filled, offset + filled);
    if (count === 0) break; // cut while it was read
    filled += count;
  }
  return buffer.subarray(0, filled);
}

function tailHash(file: OpenFile, offset: number): string {
  const from = Math.max(0, offset - TAIL_BYTES);
  return createHash('sha256')
    .update(readAt(file, from, offset - from))
    .digest('base64url')
    .slice(0, 22);
}

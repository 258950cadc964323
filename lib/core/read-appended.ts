import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from './errors.ts';
import { lazy } from './lazy.ts';

/** How far a file was read, and what proves that it is still the same file. */
export interface FileCursor {
  readonly inode: string;
  /** In bytes; always the start of a line. */
  readonly offset: number;
  /** Hash of the bytes just before `offset`. */
  readonly tailHash: string;
}

export type FileChunk =
  | { readonly state: 'missing' | 'unreadable' }
  | {
      readonly state: 'read';
      /** Complete lines, without line ends. */
      readonly lines: readonly string[];
      /** Number of lines that were too long to keep. */
      readonly skipped: number;
      /** Where the next read continues. */
      readonly cursor: FileCursor;
      /** The given cursor did not match the file, so it was read from the start. */
      readonly restarted: boolean;
      /** More can be read at once. */
      readonly more: boolean;
    };

export interface ReadLimits {
  /** Bytes per call. */
  readonly chunkBytes: number;
  /** Longer lines are skipped and never kept in memory. */
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
 * Reads the next lines of an append-only file. The limits bound the memory, whatever the size of
 * the file. Leaves an unfinished last line for the next call. Reads a file that was replaced, cut
 * or rewritten from its start. A missing file, or one that is not a plain file, is a state, not an
 * error.
 * @throws when the disk fails.
 */
export function readAppended(
  file: string,
  cursor?: FileCursor,
  limits: ReadLimits = LIMITS,
): FileChunk {
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
    // O_NONBLOCK: a FIFO of that name must not block the worker.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
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
    hashOf(tailOf(file, cursor.offset)) === cursor.tailHash
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
    cursor: cursorAt(file, place),
    restarted,
    more: place > offset && (isTooLong || offset + bytes.length < file.size),
  };
}

/** Returns the offset after the next line end, or `undefined` if the file ends first. */
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

/** Reads up to `length` bytes from `offset`; fewer only at the end of the file. */
function readAt(file: OpenFile, offset: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, file.size - offset)));
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(file.fd, buffer, filled, buffer.length - filled, offset + filled);
    if (count === 0) break; // The file was cut while it was read.
    filled += count;
  }
  return buffer.subarray(0, filled);
}

/** Hashes when it is asked: a reader that goes on with nothing needs no hash. */
function cursorAt(file: OpenFile, offset: number): FileCursor {
  const tail = tailOf(file, offset);
  const hash = lazy(() => hashOf(tail));
  return {
    inode: file.inode,
    offset,
    get tailHash() {
      return hash();
    },
  };
}

function tailOf(file: OpenFile, offset: number): Buffer {
  const from = Math.max(0, offset - TAIL_BYTES);
  return readAt(file, from, offset - from);
}

function hashOf(tail: Buffer): string {
  return createHash('sha256').update(tail).digest('base64url').slice(0, 22);
}

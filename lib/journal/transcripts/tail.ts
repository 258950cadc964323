import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  writeSync,
} from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { errnoOf } from '../../core/errors.ts';
import { namesIn, removeQuietly } from '../../core/files.ts';
import { groupBy } from '../../core/group-by.ts';
import type { Write } from '../append-file.ts';
import { readAt } from './container.ts';

/** The end of a growing file that is not in a block yet. */
export interface Tail {
  readonly file: string;
  /** Its start in the content of its branch. */
  readonly offset: number;
  /** Bytes of content, and of the file up to the end of its last complete frame. */
  readonly length: number;
  readonly stored: number;
  /** When it last grew, in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * `.ztail`: frames of a head and compressed content. `.tail`: the content itself, as versions
 * before the frames wrote it. Such a tail is read, and replaced when its file grows.
 */
const TAIL = /^([0-9a-f]{8})\.(\d{1,9})\.(\d{1,15})\.(z?)tail$/;
const STEM = /([0-9a-f]{8})\.archive$/;

/** Two counts of four bytes (stored, content), and the beginning of the hash of the content. */
const HEAD_BYTES = 16;
const HASH_BYTES = 8;

/** How far deflate looks back. A frame is compressed with what the tail has before it. */
export const WINDOW_BYTES = 32_768;

/** No tail has more content. A frame that claims more is damaged. */
const MAX_CONTENT_BYTES = 16 << 20;

/** Whether a file of the archive is a tail. */
export function isTailName(name: string): boolean {
  return TAIL.test(name);
}

/** Lists all tails of a container by branch. */
export function listTails(container: string): ReadonlyMap<string, readonly Tail[]> {
  const folder = container.slice(0, container.lastIndexOf('/'));
  const stem = STEM.exec(container)?.[1];
  const tails = namesIn(folder).flatMap((name) => {
    const [, of, id = '', offset, isPacked] = TAIL.exec(name) ?? [];
    if (of === undefined || of !== stem) return [];
    const file = `${folder}/${name}`;
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found?.isFile() !== true) return [];
    const size = isPacked === '' ? { length: found.size, stored: found.size } : measureTail(file);
    return [{ id, file, offset: Number(offset), ...size, at: found.mtimeMs }];
  });
  return groupBy(tails, ({ id }) => id);
}

function measureTail(file: string): { readonly length: number; readonly stored: number } {
  const frames = framesOf(readWhole(file));
  return {
    length: frames.reduce((sum, frame) => sum + frame.length, 0),
    stored: frames.reduce((sum, { data }) => sum + HEAD_BYTES + data.length, 0),
  };
}

/**
 * Reads bytes of a tail. Returns fewer if a frame is damaged, and none if the tail was compressed
 * to a block in the meantime: the next look finds the block.
 */
export function readTail(path: string, from: number, length: number): Buffer {
  const whole = readWhole(path);
  const content = path.endsWith('.ztail') ? unpackTail(whole, from + length) : whole;
  return content.subarray(from, from + length);
}

/** @param enough Bytes of content that are asked for. */
function unpackTail(file: Buffer, enough: number): Buffer {
  const parts: Buffer[] = [];
  let before: Buffer = Buffer.alloc(0);
  let length = 0;
  for (const frame of framesOf(file)) {
    if (length >= enough) break;
    const content = unpackFrame(frame, before);
    if (content === undefined) break; // what follows was compressed with it
    parts.push(content);
    length += content.length;
    before = windowOf(Buffer.concat([before, content]));
  }
  return Buffer.concat(parts);
}

interface Frame {
  readonly length: number;
  readonly hash: Buffer;
  readonly data: Buffer;
}

/** The complete frames. A crash may have cut off the last one. */
function framesOf(file: Buffer): readonly Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + HEAD_BYTES <= file.length; ) {
    const [stored, length] = [file.readUInt32LE(at), file.readUInt32LE(at + 4)];
    const data = file.subarray(at + HEAD_BYTES, at + HEAD_BYTES + stored);
    if (stored === 0 || length > MAX_CONTENT_BYTES || data.length < stored) break;
    frames.push({ length, hash: file.subarray(at + 8, at + HEAD_BYTES), data });
    at += HEAD_BYTES + stored;
  }
  return frames;
}

function packFrame(content: Buffer, before: Buffer): Buffer {
  const dictionary = before.length > 0 ? { dictionary: before } : {};
  const data = deflateRawSync(content, dictionary);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(data.length, 0);
  head.writeUInt32LE(content.length, 4);
  hashOf(content).copy(head, 8);
  return Buffer.concat([head, data]);
}

function unpackFrame({ length, hash, data }: Frame, before: Buffer): Buffer | undefined {
  const dictionary = before.length > 0 ? { dictionary: before } : {};
  try {
    const content = inflateRawSync(data, { ...dictionary, maxOutputLength: Math.max(1, length) });
    return content.length === length && hashOf(content).equals(hash) ? content : undefined;
  } catch {
    return undefined;
  }
}

function windowOf(content: Buffer): Buffer {
  return content.subarray(Math.max(0, content.length - WINDOW_BYTES));
}

function hashOf(content: Buffer): Buffer {
  return createHash('sha256').update(content).digest().subarray(0, HASH_BYTES);
}

function readWhole(path: string): Buffer {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return Buffer.alloc(0);
  }
  try {
    return readAt(fd, 0, fstatSync(fd).size);
  } finally {
    closeSync(fd);
  }
}

/** Where a tail grows. */
export interface TailPlace {
  readonly id: number;
  /** Its start in the content of its branch, and its end. */
  readonly sealed: number;
  readonly end: number;
  /** Bytes of its file. */
  readonly stored: number;
}

const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Stores the end of a branch after its blocks. Replaces a tail that began there.
 * @returns bytes of the file.
 */
export function startTail(
  container: string,
  { id, sealed }: Pick<TailPlace, 'id' | 'sealed'>,
  content: Buffer,
  write: Write = writeSync,
): number {
  const file = tailFile(container, id, sealed);
  const fd = openSync(file, FLAGS | constants.O_TRUNC, 0o600);
  const frame = packFrame(content, Buffer.alloc(0));
  try {
    writeAll(fd, frame, 0, write);
  } finally {
    closeSync(fd);
  }
  removeQuietly(file.replace(/ztail$/, 'tail'));
  return frame.length;
}

/**
 * Appends to a tail.
 * @param before What the branch has before `content`; its last 32 kB suffice.
 * @returns bytes of the file; `undefined`, and changes nothing, if it has not the expected length.
 */
export function appendTail(
  container: string,
  { id, sealed, end, stored }: TailPlace,
  { content, before }: { readonly content: Buffer; readonly before: Buffer },
  write: Write = writeSync,
): number | undefined {
  let fd: number;
  try {
    fd = openSync(tailFile(container, id, sealed), FLAGS & ~constants.O_CREAT);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    if (fstatSync(fd).size !== stored) return undefined;
    const own = before.subarray(Math.max(0, before.length - (end - sealed)));
    const frame = packFrame(content, windowOf(own));
    writeAll(fd, frame, stored, write);
    return stored + frame.length;
  } catch (error) {
    ftruncateSync(fd, stored);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Writes all bytes at a place of a file. */
export function writeAll(fd: number, bytes: Buffer, place: number, write: Write): void {
  for (let done = 0; done < bytes.length; )
    done += write(fd, bytes, done, bytes.length - done, place + done);
}

function tailFile(container: string, id: number, offset: number): string {
  return container.replace(/\.archive$/, `.${id}.${offset}.ztail`);
}

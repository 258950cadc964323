import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { brotliCompressSync, constants as zlib } from 'node:zlib';
import { errnoOf } from '../../core/errors.ts';
import { removeQuietly } from '../../core/files.ts';
import type { Write } from '../append-file.ts';
import { type Branch, type Container, openContainer, tailFile, tailsOf } from './branches.ts';
import { containerHead, contentHash, recordOf } from './container.ts';

/** A container that is open for appending. Close it. */
export interface ContainerWriter {
  readonly fd: number;
  readonly container: Container;
  /** Begins a branch. @returns its id. */
  open(path: string, parent: Branch | undefined, from: number): number;
  /** Compresses and appends content of a branch. */
  add(id: number, offset: number, content: Buffer): void;
  /** Keeps the end of a branch as it is, behind its blocks: a tail that begins there, in place of all earlier ones. */
  startTail(id: number, sealed: number, content: Buffer): void;
  /** Adds to the tail of a branch. @returns `false` when it is not as it should be. */
  appendTail(place: TailPlace, content: Buffer): boolean;
  /** Deletes tails of a branch that begin before this place: its blocks have them by now. */
  dropTails(id: number, sealed: number): void;
  sync(): void;
  close(): void;
}

export interface WriterParts {
  readonly clock: () => number;
  /** For fault tests. */
  readonly write?: Write;
}

const QUALITY = 5;
const WINDOW_BITS = 22;

/**
 * Opens a container, or makes it with its folder (0600, 0700). Cuts off what a death in the middle of a record left.
 * A write that does not fit on the disk leaves the container as it was.
 * @throws {@link WaymarkError} ARCHIVE_TOO_NEW, or the errno of the call that failed.
 */
export function writeContainer(
  file: string,
  { session, base }: { readonly session: string; readonly base: string },
  { clock, write = writeSync }: WriterParts,
): ContainerWriter {
  const fd = openFile(file);
  let end = 0;
  const append = (bytes: Buffer): void => {
    try {
      writeAll(fd, bytes, end, write);
    } catch (error) {
      ftruncateSync(fd, end);
      throw error;
    }
    end += bytes.length;
  };
  try {
    end = fstatSync(fd).size;
    const known = end === 0 ? undefined : openContainer(file);
    const head = containerHead(session, base);
    if (known !== undefined) {
      end = Math.max(head.length, cutTorn(fd, known, end));
      if (!known.hasHead) writeAll(fd, head, 0, write); // damaged, or its writer died at once
    } else append(head);
    const container = openContainer(file);
    if (container === undefined) throw new Error(`${file} went away while it was opened`);
    let nextId = 1 + container.branches.reduce((most, { id }) => Math.max(most, id), -1);
    return {
      fd,
      container,
      open(path, parent, from) {
        const id = nextId;
        const shares = parent === undefined ? {} : { parent: parent.id, from };
        append(recordOf({ k: 'open', id, path, ...shares, at: clock() }));
        nextId += 1;
        return id;
      },
      add(id, offset, content) {
        const { codec, data } = compressed(content);
        const shape = { k: 'block', id, off: offset, n: content.length, z: data.length, c: codec };
        append(recordOf({ ...shape, sha: contentHash(content), at: clock() }, data));
      },
      startTail(id, sealed, content) {
        const tail = openSync(tailFile(file, id, sealed), TAIL_FLAGS | constants.O_TRUNC, 0o600);
        try {
          writeAll(tail, content, 0, write);
        } finally {
          closeSync(tail);
        }
      },
      appendTail: (place, content) => appendTail(file, place, content, write),
      dropTails(id, sealed) {
        for (const tail of tailsOf(file).get(String(id)) ?? [])
          if (tail.offset < sealed) removeQuietly(tail.file);
      },
      sync: () => fdatasyncSync(fd),
      close: () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function compressed(content: Buffer): { readonly codec: 'br' | 'raw'; readonly data: Buffer } {
  const data = brotliCompressSync(content, {
    params: {
      [zlib.BROTLI_PARAM_QUALITY]: QUALITY,
      [zlib.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
      [zlib.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  return data.length < content.length ? { codec: 'br', data } : { codec: 'raw', data: content };
}

/** What a dead writer left of its last record goes: its content is still in a tail or in the client's file. */
function cutTorn(fd: number, { faults, whole }: Container, end: number): number {
  if (whole >= end || !faults.some(({ kind }) => kind === 'truncated')) return end;
  ftruncateSync(fd, whole);
  return whole;
}

export interface TailPlace {
  readonly id: number;
  readonly sealed: number;
  readonly end: number;
}

const TAIL_FLAGS =
  constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Appends to the tail of a branch, which begins where its blocks end.
 * @returns `false`, and changes nothing, when there is none that is as long as it should be.
 */
export function appendTail(
  container: string,
  { id, sealed, end }: TailPlace,
  content: Buffer,
  write: Write = writeSync,
): boolean {
  const place = end - sealed;
  let fd: number;
  try {
    fd = openSync(tailFile(container, id, sealed), TAIL_FLAGS & ~constants.O_CREAT);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    if (fstatSync(fd).size !== place) return false;
    writeAll(fd, content, place, write);
    return true;
  } catch (error) {
    ftruncateSync(fd, place);
    throw error;
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, bytes: Buffer, place: number, write: Write): void {
  for (let done = 0; done < bytes.length; )
    done += write(fd, bytes, done, bytes.length - done, place + done);
}

function openFile(file: string): number {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return openSync(file, flags, 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return openSync(file, flags, 0o600);
  }
}

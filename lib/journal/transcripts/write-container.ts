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
import { errnoOf } from '../../core/errors.ts';
import { removeQuietly } from '../../core/files.ts';
import type { Write } from '../append-file.ts';
import { type Branch, type Container, openContainer } from './branches.ts';
import { containerHead, contentHash, recordOf } from './container.ts';
import { appendTail, listTails, startTail, type TailPlace, writeAll } from './tail.ts';

/** A container that is open for appending. The caller closes it. */
export interface ContainerWriter {
  readonly fd: number;
  readonly container: Container;
  /**
   * Starts a branch.
   * @returns its id.
   */
  open(path: string, parent: Branch | undefined, from: number): number;
  /** Compresses and appends content of a branch. */
  add(id: number, offset: number, content: Buffer): void;
  /** As `startTail` and `appendTail` of tail.ts. */
  startTail(id: number, sealed: number, content: Buffer): number;
  appendTail(
    place: TailPlace,
    parts: { readonly content: Buffer; readonly before: Buffer },
  ): number | undefined;
  /** Deletes tails of a branch that begin before this place: its blocks contain them now. */
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
 * Opens a container, or creates it with its folder (0600, 0700). Cuts off an incomplete record
 * after a crash. A write that does not fit on the disk leaves the container unchanged.
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
      if (!known.hasHead) writeAll(fd, head, 0, write); // Damaged, or its writer crashed at once.
    } else append(head);
    const container = openContainer(file);
    if (container === undefined)
      throw new Error(`${file} was replaced or deleted while it was opened`);
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
      startTail: (id, sealed, content) => startTail(file, { id, sealed }, content, write),
      appendTail: (place, parts) => appendTail(file, place, parts, write),
      dropTails(id, sealed) {
        for (const tail of listTails(file).get(String(id)) ?? [])
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

/** Compresses a piece of content. Keeps it uncompressed if that is not larger. */
export function compressed(content: Buffer): {
  readonly codec: 'br' | 'raw';
  readonly data: Buffer;
} {
  const zlib = process.getBuiltinModule('node:zlib'); // Most commands only could write.
  const data = zlib.brotliCompressSync(content, {
    params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [zlib.constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  return data.length < content.length ? { codec: 'br', data } : { codec: 'raw', data: content };
}

/**
 * Cuts off the incomplete last record of a crashed writer. Its content is still in a tail or in the
 * client's file.
 */
function cutTorn(fd: number, { faults, whole }: Container, end: number): number {
  if (whole >= end || !faults.some(({ kind }) => kind === 'truncated')) return end;
  ftruncateSync(fd, whole);
  return whole;
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

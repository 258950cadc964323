import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import type { EntryName } from './entry-name.ts';

/** An entry that this worker holds. */
export interface ClaimedEntry {
  readonly name: EntryName;
  /** Full path in `processing/<worker>/`. */
  readonly path: string;
  /** The name it was dropped under, when somebody else made it. */
  readonly foreignName?: string;
}

/** What opening says of a thing that no attempt will make a file: a link, a socket, a device without a driver. */
const NO_FILE = ['ELOOP', 'ENXIO', 'ENODEV'];

/**
 * The text of a claimed entry.
 * @throws {@link WaymarkError} ENTRY_TOO_LARGE or ENTRY_UNREADABLE (a link, a pipe, a folder, not UTF-8): never worth another attempt;
 * the errno where the disk or this process is at fault (EIO, EMFILE, EACCES, …).
 */
export function readEntry(path: string, sizeCap: number): string {
  const fd = openEntry(path);
  try {
    const found = fstatSync(fd);
    if (!found.isFile()) throw new WaymarkError('ENTRY_UNREADABLE', `Cannot read ${path}: not a plain file`);
    if (found.size > sizeCap) throw new WaymarkError('ENTRY_TOO_LARGE', `Cannot read ${path}: it has ${found.size} bytes, the cap is ${sizeCap}`);
    return decode(path, readWhole(fd, found.size));
  } finally {
    closeSync(fd);
  }
}

function openEntry(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (!NO_FILE.includes(errnoOf(error))) throw error;
    throw new WaymarkError('ENTRY_UNREADABLE', `Cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function readWhole(fd: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(fd, bytes, filled, size - filled, null);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function decode(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new WaymarkError('ENTRY_UNREADABLE', `Cannot read ${path}: not UTF-8`, { cause: error });
  }
}

import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import { stripByteOrderMark } from '../core/json.ts';
import { lazy } from '../core/lazy.ts';
import type { EntryName } from './entry-name.ts';

/** An entry that this worker holds. */
export interface ClaimedEntry {
  readonly name: EntryName;
  /** Full path in `processing/<worker>/`. */
  readonly path: string;
  /** The name under which a foreign file was dropped. */
  readonly foreignName?: string;
}

/**
 * Errors that open returns for something that will never become a file: a link, a socket, a device
 * without a driver.
 */
const NO_FILE = ['ELOOP', 'ENXIO', 'ENODEV'];

/** One read is enough for a usual entry. */
const ONE_READ = 65_536;
const reused = lazy(() => Buffer.allocUnsafeSlow(ONE_READ));

/**
 * Reads the text of a claimed entry.
 * @throws {@link WaymarkError} ENTRY_TOO_LARGE or ENTRY_UNREADABLE (a link, a pipe, a folder, not
 * UTF-8): another attempt cannot succeed. Throws the errno if the disk or this process is at fault
 * (EIO, EMFILE, EACCES, …).
 */
export function readEntry(path: string, sizeCap: number): string {
  const fd = openEntry(path);
  try {
    return decode(path, readSmall(fd, sizeCap) ?? readAny(fd, path, sizeCap));
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads a plain file that fits into one read, as nearly every entry does. Needs no check of the
 * file type first, because pipes and folders refuse a read at a position.
 * @returns `undefined` for anything else, and if the read fails.
 */
function readSmall(fd: number, sizeCap: number): Buffer | undefined {
  const bytes = reused();
  try {
    const count = readSync(fd, bytes, 0, ONE_READ, 0);
    return count < ONE_READ && count <= sizeCap ? bytes.subarray(0, count) : undefined;
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return undefined;
  }
}

function readAny(fd: number, path: string, sizeCap: number): Buffer {
  const found = fstatSync(fd);
  if (!found.isFile())
    throw new WaymarkError('ENTRY_UNREADABLE', `Cannot read ${path}: not a plain file`);
  if (found.size > sizeCap)
    throw new WaymarkError(
      'ENTRY_TOO_LARGE',
      `Cannot read ${path}: it has ${found.size} bytes, the cap is ${sizeCap}`,
    );
  return readWhole(fd, found.size);
}

function openEntry(path: string): number {
  try {
    return openSync(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
  } catch (error) {
    if (!NO_FILE.includes(errnoOf(error))) throw error;
    throw new WaymarkError('ENTRY_UNREADABLE', `Cannot read ${path}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function readWhole(fd: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(fd, bytes, filled, size - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function decode(path: string, bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new WaymarkError('ENTRY_UNREADABLE', `Cannot read ${path}: not UTF-8`);
  return stripByteOrderMark(bytes.toString('utf8'));
}

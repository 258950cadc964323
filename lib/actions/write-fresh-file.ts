import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import { removeQuietly } from '../core/files.ts';

/** Text is written in pieces of about this size. */
const CHUNK = 64 * 1024;

/**
 * Writes a file (0600) that is not there yet, piece by piece; it is seen when it is whole. An
 * existing one is replaced only with `replace`.
 * @param options `replace`: whether an existing file may go, or what says so by its first
 * kilobyte.
 * @returns its size in bytes.
 * @throws {@link WaymarkError} FILE_UNWRITABLE when the file exists, or the system refuses it.
 */
export function writeFreshFile(
  path: string,
  pieces: Iterable<string>,
  options: { readonly replace: boolean | ((head: string) => boolean) },
): number {
  requirePlain(path);
  const replace =
    typeof options.replace === 'boolean' ? options.replace : options.replace(headOf(path));
  if (!replace) requireFree(path);
  const draft = `${path}.${process.pid}.part`;
  let bytes = 0;
  try {
    const fd = openSync(draft, 'wx', 0o600);
    try {
      for (const chunk of chunksOf(pieces)) bytes += writeWhole(fd, chunk);
    } finally {
      closeSync(fd);
    }
    if (replace) renameSync(draft, path);
    else linkSync(draft, path); // fails if another process made the file meanwhile
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    if (errnoOf(error) === 'EEXIST' && !replace) requireFree(path);
    throw new WaymarkError('FILE_UNWRITABLE', `Cannot write ${path}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Give another file with --out.',
    });
  } finally {
    removeQuietly(draft);
  }
  return bytes;
}

const HEAD_BYTES = 1_024;

/** The beginning of a plain file; empty where it cannot be read. Never waits. */
function headOf(path: string): string {
  try {
    // undefined on Windows, where it counts as 0
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return '';
      const head = Buffer.alloc(HEAD_BYTES);
      return head.toString('utf8', 0, readSync(fd, head, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return '';
  }
}

/** A pipe or a device is never replaced, not even with `replace`: programs have it open. */
function requirePlain(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return;
  const what = found.isDirectory() ? 'a folder' : 'a pipe or a device';
  throw new WaymarkError('FILE_UNWRITABLE', `Cannot write ${path}: it is ${what}`, {
    remedy: 'Give another file with --out.',
  });
}

function requireFree(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
  throw new WaymarkError('FILE_UNWRITABLE', `Cannot write ${path}: it exists`, {
    remedy: 'Give another file with --out, or add --force to replace it.',
  });
}

function* chunksOf(pieces: Iterable<string>): Generator<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK) continue;
    yield text;
    text = '';
  }
  yield text;
}

/** A nearly full disk takes a part of a write and refuses the next one. */
function writeWhole(fd: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
  return bytes.length;
}

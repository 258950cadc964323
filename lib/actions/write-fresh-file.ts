import { closeSync, linkSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import { removeQuietly } from '../core/files.ts';

/** Text is written in pieces of about this size. */
const CHUNK = 64 * 1024;

/**
 * Writes a file (0600) that is not there yet, piece by piece; it is seen when it is whole. An existing one is replaced only with `replace`.
 * @returns its size in bytes.
 * @throws {@link WaymarkError} FILE_UNWRITABLE when the file exists, or the system refuses it.
 */
export function writeFreshFile(
  path: string,
  pieces: Iterable<string>,
  { replace }: { readonly replace: boolean },
): number {
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
    else linkSync(draft, path); // fails where somebody made the file meanwhile
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

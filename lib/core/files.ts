import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { errnoOf } from './errors.ts';

/**
 * Lists the names in a folder. Returns none if the folder is missing or unreadable. Never throws.
 */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Reads a text file. Returns an empty text if the file is missing or unreadable. Never throws. */
export function readTextOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Returns the inode of a path, following links; 0 if nothing exists there.
 * @throws any errno but ENOENT.
 */
export function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}

/**
 * Deletes a file. Never throws: use it only where a later cleanup finds what could not be deleted.
 */
export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Already missing, or the disk refuses.
  }
}

/**
 * Writes a file (0600) that is new under its name: deletes what is there first, an older file, a
 * link or a pipe. So the text reaches no file that a link leads to, and no reader is waited for.
 * @throws the errno of the call that failed.
 */
export function writeAnew(path: string, text: string): void {
  const fd = openNew(path);
  try {
    writeFileSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    unlinkSync(path);
    return openSync(path, 'wx', 0o600);
  }
}

/**
 * Appends to a file (0600), and creates it if missing. Refuses a link, and a pipe without a reader
 * instead of waiting for one.
 * @throws the errno of the call that failed.
 */
export function appendToFile(path: string, text: string): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

import { closeSync, openSync, readSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inodeOf } from '../core/files.ts';
import { errnoOf } from '../core/errors.ts';

/** A place in a log file: its identity and the bytes that were read. */
export interface LogPlace {
  readonly inode: number;
  readonly offset: number;
}

const LOOK_AGAIN_MS = 200;

/** The last whole lines of a file, and the place behind them; a missing file has none. */
export async function lastLines(
  file: string,
  most: number,
): Promise<{ readonly lines: readonly string[]; readonly end: LogPlace }> {
  const bytes = readTextOr(file);
  const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
  const lines = whole.toString('utf8').split('\n').slice(0, -1);
  return { lines: lines.slice(-most), end: { inode: inodeOf(file), offset: whole.length } };
}

/**
 * Hands on each further line, also those of a file that takes the place of this one. Resolves only
 * when `signal` says so.
 */
export async function followFile(
  file: string,
  from: LogPlace,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  let place = from;
  while (signal?.aborted !== true) {
    place = readNewLines(file, place, onLine);
    await sleep(LOOK_AGAIN_MS);
  }
}

function readNewLines(file: string, place: LogPlace, onLine: (line: string) => void): LogPlace {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return place;
  const isSame = found.ino === place.inode && found.size >= place.offset;
  const offset = isSame ? place.offset : 0;
  if (found.size === offset) return { inode: found.ino, offset };
  const bytes = readRange(file, offset, found.size - offset);
  const end = bytes.lastIndexOf(10) + 1;
  for (const line of bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1)) onLine(line);
  return { inode: found.ino, offset: offset + end };
}

function readRange(file: string, offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  const fd = openSync(file, 'r');
  try {
    return bytes.subarray(0, readSync(fd, bytes, 0, size, offset));
  } finally {
    closeSync(fd);
  }
}

function readTextOr(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

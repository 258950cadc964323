import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { eventHead } from '../event-head.ts';
import { readLines } from '../read-lines.ts';
import { type LogFile, logFiles } from './log-files.ts';

/** Characters by which a file is recognised. */
const BEGINNING = 200;

interface Followed {
  readonly fd: number;
  readonly inode: number;
  offset: number;
}

/** Follows the event logs in a folder. */
export interface LogTail {
  /**
   * Returns the lines since the last call, ordered by time. Includes lines of any number of files
   * that were rotated in the meantime.
   */
  readNew(): readonly string[];
  close(): void;
}

/**
 * Starts at the end of the existing files.
 * @param wants Which categories to follow.
 */
export function openTail(folder: string, wants: (category: string) => boolean): LogTail {
  return new Tail(folder, wants);
}

class Tail implements LogTail {
  readonly #look: () => readonly LogFile[];
  readonly #open = new Map<string, Followed>();
  /** Complete files, without suffix, that were reported or existed at the start. */
  readonly #reported: Set<string>;
  /**
   * First lines of files that were followed until their rotation: their rotated copies are not
   * reported again.
   */
  readonly #followed = new Set<string>();

  constructor(folder: string, wants: (category: string) => boolean) {
    this.#look = () => logFiles(folder).filter(({ category }) => wants(category));
    const files = this.#look();
    this.#reported = new Set(files.filter(({ isComplete }) => isComplete).map(placeOf));
    for (const { path, isComplete } of files) if (!isComplete) this.#follow(path, 'end');
  }

  readNew(): readonly string[] {
    const lines = [...this.#open.values()].flatMap(readNewLines);
    const files = this.#look();
    for (const [path, file] of this.#open)
      if (statSync(path, { throwIfNoEntry: false })?.ino !== file.inode)
        lines.push(...this.#leave(path, file));
    for (const file of files)
      if (file.isComplete && !this.#reported.has(placeOf(file)))
        lines.push(...this.#readMissed(file));
    for (const { path, isComplete } of files) {
      const next = isComplete || this.#open.has(path) ? undefined : this.#follow(path, 'start');
      if (next !== undefined) lines.push(...readNewLines(next));
    }
    return byTime(lines);
  }

  close(): void {
    for (const { fd } of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #follow(path: string, from: 'start' | 'end'): Followed | undefined {
    try {
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const { ino, size } = fstatSync(fd);
      const file = { fd, inode: ino, offset: from === 'start' ? 0 : size };
      this.#open.set(path, file);
      return file;
    } catch {
      return undefined; // Deleted again.
    }
  }

  /**
   * Stops following a file: its path names another file now, or none.
   * @returns its last lines.
   */
  #leave(path: string, file: Followed): readonly string[] {
    const rest = readNewLines(file);
    this.#followed.add(beginningOf(file));
    closeSync(file.fd);
    this.#open.delete(path);
    return rest;
  }

  /** Returns the lines of a file that was created and rotated between two calls. */
  #readMissed(file: LogFile): readonly string[] {
    const lines = [...readLines(file.path, { onDamage: () => undefined })];
    // It was compressed after it was listed: the next call finds it.
    if (lines[0] === undefined) return [];
    this.#reported.add(placeOf(file));
    const beginning = lines[0].slice(0, BEGINNING);
    const isFollowed =
      this.#followed.has(beginning) ||
      [...this.#open.values()].some((open) => beginningOf(open) === beginning);
    return isFollowed ? [] : lines;
  }
}

/** Returns the same place for a closed file and its compressed form. */
function placeOf({ path }: LogFile): string {
  return path.replace(/(?:\.closed)?\.jsonl(?:\.gz)?$/, '');
}

function byTime(lines: readonly string[]): readonly string[] {
  const timed = lines.map((line) => ({ line, at: eventHead(line)?.at ?? 0 }));
  return timed.toSorted((a, b) => a.at - b.at).map(({ line }) => line);
}

/** Returns the beginning of the first line. It contains an event id and so identifies the file. */
function beginningOf({ fd }: Followed): string {
  const bytes = Buffer.alloc(4 * BEGINNING); // A character has at most four bytes.
  const [line = ''] = bytes
    .toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0))
    .split('\n', 1);
  return line.slice(0, BEGINNING);
}

/**
 * Reads new lines. A file that became shorter was cut to its committed length, and the same lines
 * will be written again: keeps the offset. Reads an emptied file from its start.
 */
function readNewLines(file: Followed): readonly string[] {
  const { size } = fstatSync(file.fd);
  if (size === 0) file.offset = 0;
  if (size <= file.offset) return [];
  const bytes = Buffer.alloc(size - file.offset);
  const read = bytes.subarray(0, readSync(file.fd, bytes, 0, bytes.length, file.offset));
  const end = read.lastIndexOf(0x0a) + 1;
  file.offset += end;
  return end === 0 ? [] : read.toString('utf8', 0, end - 1).split('\n');
}

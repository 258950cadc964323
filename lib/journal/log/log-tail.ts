import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { eventHead } from '../event-head.ts';
import { readLines } from '../read-lines.ts';
import { type LogFile, logFiles } from './log-files.ts';

/** Signs by which a file is known again. */
const BEGINNING = 200;

interface Followed {
  readonly fd: number;
  readonly inode: number;
  offset: number;
}

/** Follows the event logs in a folder. */
export interface LogTail {
  /** The lines that came since the last call, by time; also those of files that were turned over meanwhile, however many. */
  readNew(): readonly string[];
  close(): void;
}

/** Begins at the end of what is there now. @param wants Which categories are followed. */
export function openTail(folder: string, wants: (category: string) => boolean): LogTail {
  return new Tail(folder, wants);
}

class Tail implements LogTail {
  readonly #look: () => readonly LogFile[];
  readonly #open = new Map<string, Followed>();
  /** Complete files, without their endings, that were reported or were there at the start. */
  readonly #reported: Set<string>;
  /** First lines of files that were followed until they were rotated: their rotated copies are not reported again. */
  readonly #followed = new Set<string>();

  constructor(folder: string, wants: (category: string) => boolean) {
    this.#look = () => logFiles(folder).filter(({ category }) => wants(category));
    const files = this.#look();
    this.#reported = new Set(files.filter(({ isComplete }) => isComplete).map(placeOf));
    for (const { path, isComplete } of files) if (!isComplete) this.#follow(path, 'end');
  }

  readNew(): readonly string[] {
    const lines = [...this.#open.values()].flatMap(readOn);
    const files = this.#look();
    for (const [path, file] of this.#open)
      if (statSync(path, { throwIfNoEntry: false })?.ino !== file.inode)
        lines.push(...this.#leave(path, file));
    for (const file of files)
      if (file.isComplete && !this.#reported.has(placeOf(file)))
        lines.push(...this.#passedBy(file));
    for (const { path, isComplete } of files) {
      const next = isComplete || this.#open.has(path) ? undefined : this.#follow(path, 'start');
      if (next !== undefined) lines.push(...readOn(next));
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
      return undefined; // deleted again
    }
  }

  /** The path names another file now, or none. @returns the last lines of the old file. */
  #leave(path: string, file: Followed): readonly string[] {
    const rest = readOn(file);
    this.#followed.add(beginningOf(file));
    closeSync(file.fd);
    this.#open.delete(path);
    return rest;
  }

  /** The lines of a complete file that was made and rotated between two looks. */
  #passedBy(file: LogFile): readonly string[] {
    const lines = [...readLines(file.path, { onDamage: () => undefined })];
    if (lines[0] === undefined) return []; // it was compressed since it was listed: the next look finds it
    this.#reported.add(placeOf(file));
    const beginning = lines[0].slice(0, BEGINNING);
    const isFollowed =
      this.#followed.has(beginning) ||
      [...this.#open.values()].some((open) => beginningOf(open) === beginning);
    return isFollowed ? [] : lines;
  }
}

/** The same for a closed file and for what it is compressed to. */
function placeOf({ path }: LogFile): string {
  return path.replace(/(?:\.closed)?\.jsonl(?:\.gz)?$/, '');
}

function byTime(lines: readonly string[]): readonly string[] {
  const timed = lines.map((line) => ({ line, at: eventHead(line)?.at ?? 0 }));
  return timed.toSorted((a, b) => a.at - b.at).map(({ line }) => line);
}

/** The beginning of the first line. It holds an event id and so identifies the file. */
function beginningOf({ fd }: Followed): string {
  const bytes = Buffer.alloc(4 * BEGINNING); // a sign has four bytes at most
  const [line = ''] = bytes
    .toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0))
    .split('\n', 1);
  return line.slice(0, BEGINNING);
}

/**
 * A file that got shorter was cut to what is committed, and the same lines will be written again: the offset stays. One that was emptied is read from its start.
 */
function readOn(file: Followed): readonly string[] {
  const { size } = fstatSync(file.fd);
  if (size === 0) file.offset = 0;
  if (size <= file.offset) return [];
  const bytes = Buffer.alloc(size - file.offset);
  const read = bytes.subarray(0, readSync(file.fd, bytes, 0, bytes.length, file.offset));
  const end = read.lastIndexOf(0x0a) + 1;
  file.offset += end;
  return end === 0 ? [] : read.toString('utf8', 0, end - 1).split('\n');
}

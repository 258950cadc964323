import { closeSync, constants, fstatSync, openSync, readSync, statSync, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventHead } from '../journal/event-head.ts';
import { logFiles } from './log-files.ts';

/** What a watcher did not tell is found so much later; network folders tell nothing at all. */
const LOOK_AGAIN_MS = 1_000;

/** Lines that come together are read together. */
const SETTLE_MS = 20;

interface Followed {
  readonly fd: number;
  readonly inode: number;
  offset: number;
}

/** Follows the event logs in a folder. */
export interface LogTail {
  /** The lines that came since the last call, by time; also those of files that were turned over meanwhile. */
  readNew(): readonly string[];
  close(): void;
}

/** Begins at the end of what is there now. @param wants Which categories are followed. */
export function openTail(folder: string, wants: (category: string) => boolean): LogTail {
  const open = new Map<string, Followed>();
  const drop = (path: string): void => {
    const file = open.get(path);
    if (file !== undefined) closeSync(file.fd);
    open.delete(path);
  };
  const current = (): readonly string[] => logFiles(folder).flatMap(({ path, category, isComplete }) => (!isComplete && wants(category) ? [path] : []));
  for (const path of current()) follow(open, path, 'end');
  return {
    readNew() {
      const lines: string[] = [];
      for (const path of new Set([...open.keys(), ...current()])) {
        const file = open.get(path);
        if (file !== undefined) lines.push(...readOn(file));
        if (file !== undefined && statSync(path, { throwIfNoEntry: false })?.ino === file.inode) continue;
        drop(path); // turned over, or new
        const next = follow(open, path, 'start');
        if (next !== undefined) lines.push(...readOn(next));
      }
      return byTime(lines);
    },
    close() {
      for (const path of [...open.keys()]) drop(path);
    },
  };
}

/** Hands on each line that is written from now on, until `signal` says so. */
export async function followLog(tail: LogTail, folder: string, onLine: (line: string) => void, signal?: AbortSignal): Promise<void> {
  let wake: () => void = () => undefined;
  const watcher = watchOr(folder, () => wake());
  try {
    while (signal?.aborted !== true) {
      const news = new Promise<void>((resolve) => {
        wake = resolve;
      });
      for (const line of tail.readNew()) onLine(line);
      const pause = new AbortController();
      await Promise.race([news, sleep(LOOK_AGAIN_MS, undefined, { signal: pause.signal }).catch(() => undefined)]);
      pause.abort();
      await sleep(SETTLE_MS);
    }
  } finally {
    watcher?.close();
    tail.close();
  }
}

function byTime(lines: readonly string[]): readonly string[] {
  const timed = lines.map((line) => ({ line, at: eventHead(line)?.at ?? 0 }));
  return timed.toSorted((a, b) => a.at - b.at).map(({ line }) => line);
}

function follow(open: Map<string, Followed>, path: string, from: 'start' | 'end'): Followed | undefined {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { ino, size } = fstatSync(fd);
    const file = { fd, inode: ino, offset: from === 'start' ? 0 : size };
    open.set(path, file);
    return file;
  } catch {
    return undefined; // gone again
  }
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

function watchOr(folder: string, onChange: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(folder, onChange);
    watcher.on('error', () => undefined); // the slow look goes on
    return watcher;
  } catch {
    return undefined;
  }
}

import { isoTime } from '../core/clock.ts';
import { groupBy } from '../core/group-by.ts';
import type { Log } from '../core/log.ts';
import type { Database } from '../store/database.ts';
import { inTransaction } from '../store/transaction.ts';
import { type AppendFile, openAppend, type Write } from './append-file.ts';
import type { EventSink } from './event-sink.ts';
import { eventHead } from './event-head.ts';
import { closeFile } from './close-file.ts';
import {
  cursorOf,
  dropFile,
  eventsBetween,
  filesOf,
  keepFile,
  moveCursor,
  seqOf,
  type SinkFile,
  type StoredEvent,
} from './table.ts';
import { closeSync, openSync, readSync } from 'node:fs';

export interface FileParts {
  /** The state folder. */
  readonly root: string;
  readonly clock: () => number;
  readonly log: Log;
  /** For fault tests: called after each step at which the process can crash. */
  readonly onStep?: (step: string) => void;
  /** For fault tests. */
  readonly write?: Write;
}

/** A file and the lines to append. */
interface Portion {
  readonly sink: EventSink;
  readonly path: string;
  readonly events: readonly StoredEvent[];
  readonly known: SinkFile | undefined;
}

interface OpenPortion extends Portion {
  readonly file: AppendFile;
}

/**
 * Appends the events to the files of these sinks, then commits the position.
 * @throws errors of the disk or the store; the next call starts at the last commit.
 */
export function writeLines(
  database: Database,
  sinks: readonly EventSink[],
  events: readonly StoredEvent[],
  parts: FileParts,
): void {
  const today = isoTime(parts.clock()).slice(0, 10);
  const open: OpenPortion[] = [];
  try {
    for (const portion of sinks.flatMap((sink) => portionsOf(database, sink, events))) {
      const known = rotateFile(database, portion, today, parts);
      open.push({ ...portion, known, file: openFile(database, portion.path, known, parts) });
    }
    registerNewFiles(database, open, today);
    parts.onStep?.('opened');
    for (const portion of open) {
      append(database, portion, parts);
      parts.onStep?.('appended');
    }
    inTransaction(database, () => {
      for (const { path, sink, file, known } of open)
        keepFile(database, {
          path,
          sink: sink.name,
          inode: file.inode,
          length: file.length,
          day: known?.day ?? today,
        });
      for (const sink of sinks) moveCursor(database, sink.name, events.at(-1)?.seq ?? 0);
    });
    parts.onStep?.('committed');
  } finally {
    for (const { file } of open) file.close();
  }
}

function portionsOf(
  database: Database,
  sink: EventSink,
  events: readonly StoredEvent[],
): readonly Portion[] {
  const known = filesOf(database, sink.name);
  const paths = new Set(known.keys());
  const groups = groupBy(events, (event) => {
    const path = sink.pathOf(event, paths);
    paths.add(path);
    return path;
  });
  return [...groups].map(([path, own]) => ({ sink, path, events: own, known: known.get(path) }));
}

/**
 * Closes a complete file.
 * @returns the known state of the next file under that path.
 */
function rotateFile(
  database: Database,
  { sink, known }: Portion,
  today: string,
  parts: FileParts,
): SinkFile | undefined {
  if (known === undefined || known.length === 0 || !sink.isComplete(known, today)) return known;
  finalizeFile(database, sink, known, parts);
  return undefined;
}

/**
 * Cuts a complete file to its committed length and moves it to its final place. A crash before the
 * commit is harmless: the next file has another inode.
 */
export function finalizeFile(
  database: Database,
  sink: EventSink,
  known: SinkFile,
  parts: FileParts,
): void {
  const path = `${parts.root}/${known.path}`;
  const file = openFile(database, known.path, known, parts);
  try {
    if (file.found === 'short')
      rewriteMissing(database, { sink, path: known.path, known, events: [], file }, parts);
  } finally {
    file.close();
  }
  if (file.length > 0) closeFile(path, `${parts.root}/${sink.closedPlace(known)}`);
  parts.onStep?.('renamed');
  inTransaction(database, () => dropFile(database, known.path));
}

/**
 * Opens a file. Lines that were written and not committed are in the store and will be written
 * again, unless the store is older than the file.
 */
function openFile(
  database: Database,
  path: string,
  known: SinkFile | undefined,
  { root, write }: FileParts,
): AppendFile {
  const comesAgain = (line: string): boolean => {
    const id = eventHead(line)?.id;
    return id === undefined || seqOf(database, id) !== undefined;
  };
  return openAppend(`${root}/${path}`, known, { comesAgain, write });
}

/**
 * Records new files in the store before anything is written to them. Else lines that are written
 * before the commit would look like those of another program.
 */
function registerNewFiles(database: Database, open: readonly OpenPortion[], today: string): void {
  const fresh = open.filter(({ file }) => file.found === 'new' || file.found === 'foreign');
  if (fresh.length === 0) return;
  inTransaction(database, () => {
    for (const { path, sink, file } of fresh)
      keepFile(database, {
        path,
        sink: sink.name,
        inode: file.inode,
        length: file.length,
        day: today,
      });
  });
}

function append(database: Database, portion: OpenPortion, parts: FileParts): void {
  if (portion.file.found === 'short') rewriteMissing(database, portion, parts);
  portion.file.append(linesOf(portion.events));
}

/** Writes lines again that a power cut took, as far as the store still has their events. */
function rewriteMissing(
  database: Database,
  { sink, path, known, file }: OpenPortion,
  { root, log }: FileParts,
): void {
  const last = eventHead(lastLine(`${root}/${path}`, file.length))?.id;
  const from = last === undefined ? undefined : seqOf(database, last);
  const paths = new Set(filesOf(database, sink.name).keys());
  const missing =
    from === undefined
      ? []
      : eventsBetween(database, from, cursorOf(database, sink.name)).filter(
          (event) => sink.pathOf(event, paths) === path,
        );
  if (missing.length > 0) file.append(linesOf(missing));
  log(
    'warn',
    'EVENT_FILE_MENDED',
    `${path} had lost lines that were committed; ${missing.length} were written again`,
    {
      expected: known?.length,
      length: file.length,
    },
  );
}

function linesOf(events: readonly StoredEvent[]): Buffer {
  let text = '';
  for (const { envelope } of events) text += `${envelope}\n`;
  return Buffer.from(text);
}

const MOST = 17 * 1024 * 1024; // The largest entry that the settings allow.

/** Returns the last line of a file that ends at `length`; empty for an empty file. */
function lastLine(path: string, length: number): string {
  const fd = openSync(path, 'r');
  try {
    for (let size = 65_536; ; size *= 4) {
      const from = Math.max(0, length - size);
      const bytes = Buffer.alloc(length - from);
      readSync(fd, bytes, 0, bytes.length, from);
      const end = bytes.length - 1;
      const start = end <= 0 ? -1 : bytes.lastIndexOf(0x0a, end - 1);
      if (start >= 0 || from === 0 || size > MOST)
        return bytes.toString('utf8', start + 1, Math.max(0, end));
    }
  } finally {
    closeSync(fd);
  }
}

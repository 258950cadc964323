import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf, WaymarkError } from '../../core/errors.ts';
import { type JsonObject, parseJsonObject } from '../../core/json.ts';

/** Format version of this code. Rejects a later version with its number. */
export const FORMAT = 1;

/** Block size for a file that was never archived, or that is complete. */
export const LARGE_BLOCK_BYTES = 2 << 20;

/** One compressed block of a file. */
export interface Block {
  /** Its branch. */
  readonly id: number;
  /** Its start in the content of that branch. */
  readonly offset: number;
  /** Bytes of content. */
  readonly length: number;
  /** Bytes in the container, and their start there. */
  readonly stored: number;
  readonly place: number;
  readonly codec: 'br' | 'raw';
  /** Hash of the content. */
  readonly hash: string;
  /** When it was written, in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The start of a branch: a file of the client, or an end that differs from what was archived
 * before.
 */
export interface Opening {
  readonly id: number;
  /** Relative to the config folder, with `/`. */
  readonly path: string;
  /** The branch whose first `from` bytes it shares. */
  readonly parent: number | undefined;
  readonly from: number;
  readonly at: number;
}

export type Entry = { readonly open: Opening } | { readonly block: Block };

/** Damage in an archive file, with its place. */
export interface ArchiveFault {
  readonly file: string;
  readonly place: number;
  /**
   * `truncated`: the file ends within a record. `damaged`: a record or a block has the wrong
   * content.
   */
  readonly kind: 'truncated' | 'damaged';
  readonly reason: string;
}

/** Everything that can be read from a container without unpacking blocks. */
export interface ContainerList {
  readonly file: string;
  readonly session: string;
  /** The config folder of the client; paths are relative to it. */
  readonly base: string;
  readonly entries: readonly Entry[];
  readonly faults: readonly ArchiveFault[];
  /** The end of the last complete record. The rest was cut off while it was written. */
  readonly whole: number;
  readonly inode: number;
}

const MARK = '#wm ';
const RECORD = /^#wm ([0-9a-f]{8}) (\{.*\})$/;
const MAX_HEAD_BYTES = 16_384;
const SEARCH_BYTES = 1 << 20;

/** Returns the first line of a container. */
export function containerHead(session: string, base: string): Buffer {
  return Buffer.from(`${JSON.stringify({ 'waymark-transcripts': FORMAT, session, base })}\n`);
}

/** Returns a record: its line, its bytes, and a line end. */
export function recordOf(head: JsonObject, data: Buffer = Buffer.alloc(0)): Buffer {
  const text = JSON.stringify(head);
  return Buffer.concat([
    Buffer.from(`${MARK}${lineHash(text)} ${text}\n`),
    data,
    Buffer.from('\n'),
  ]);
}

/** Returns the hash of a block's content. */
export function contentHash(content: Buffer): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 27);
}

/**
 * Reads the records of a container. Skips damaged ones and lists them.
 * @returns `undefined` if it is missing.
 * @throws {@link WaymarkError} ARCHIVE_TOO_NEW, or the errno of a failing disk.
 */
export function listContainer(file: string): ContainerList | undefined {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size, ino } = fstatSync(fd);
    return { file, inode: ino, ...listRecords(file, fd, size) };
  } finally {
    closeSync(fd);
  }
}

function listRecords(file: string, fd: number, size: number) {
  const entries: Entry[] = [];
  const faults: ArchiveFault[] = [];
  const head = lineAt(fd, 0, size);
  const { session, base } = readHead(file, head?.text);
  if (session === '')
    faults.push({ file, place: 0, kind: 'damaged', reason: 'its first line is not readable' });
  let place = head === undefined || session === '' ? 0 : head.end;
  let whole = place;
  while (place < size) {
    const found = recordAt(fd, place, size);
    if (found !== undefined && found.end <= size) {
      if (found.entry !== undefined) entries.push(found.entry);
      whole = place = found.end;
      continue;
    }
    const next = nextMark(fd, place + 1, size);
    if (next === undefined) {
      faults.push({ file, place, kind: 'truncated', reason: 'it ends within a record' });
      break;
    }
    if (place > 0 || session !== '')
      faults.push({ file, place, kind: 'damaged', reason: 'a record is not readable' });
    place = next;
  }
  return { session, base, entries, faults, whole };
}

function readHead(file: string, text: string | undefined): { session: string; base: string } {
  const head = text === undefined ? undefined : parseJsonObject(text);
  const version = head?.['waymark-transcripts'];
  if (typeof version === 'number' && version > FORMAT)
    throw new WaymarkError(
      'ARCHIVE_TOO_NEW',
      `Cannot read ${file}: it has format ${version}, this version of waymark knows ${FORMAT}`,
    );
  if (typeof version !== 'number') return { session: '', base: '' };
  return { session: String(head?.['session'] ?? ''), base: String(head?.['base'] ?? '') };
}

interface FoundRecord {
  readonly entry: Entry | undefined;
  readonly end: number;
}

function recordAt(fd: number, place: number, size: number): FoundRecord | undefined {
  const line = lineAt(fd, place, size);
  const [, hash, text] = RECORD.exec(line?.text ?? '') ?? [];
  if (line === undefined || text === undefined || hash !== lineHash(text)) return undefined;
  const head = parseJsonObject(text);
  if (head === undefined) return undefined;
  const stored = countOf(head['z']);
  return { entry: entryOf(head, line.end), end: line.end + stored + 1 };
}

/** Parses a record. Ignores unknown kinds: a later version may add some that can be ignored. */
function entryOf(head: JsonObject, place: number): Entry | undefined {
  const id = countOf(head['id']);
  const at = countOf(head['at']);
  if (head['k'] === 'open') {
    const parent = head['parent'];
    return {
      open: {
        ...{ id, at, path: String(head['path']), from: countOf(head['from']) },
        parent: typeof parent === 'number' ? parent : undefined,
      },
    };
  }
  if (head['k'] !== 'block') return undefined;
  return {
    block: {
      ...{ id, at, place, offset: countOf(head['off']), length: countOf(head['n']) },
      ...{ stored: countOf(head['z']), hash: String(head['sha']) },
      codec: head['c'] === 'raw' ? 'raw' : 'br',
    },
  };
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

function lineAt(
  fd: number,
  place: number,
  size: number,
): { text: string; end: number } | undefined {
  for (const length of [512, MAX_HEAD_BYTES]) {
    const bytes = readAt(fd, place, Math.min(length, size - place));
    const end = bytes.indexOf(0x0a);
    if (end >= 0) return { text: bytes.toString('utf8', 0, end), end: place + end + 1 };
  }
  return undefined;
}

/** Returns the start of the next readable record. */
function nextMark(fd: number, from: number, size: number): number | undefined {
  for (let place = from; place < size; place += SEARCH_BYTES - MARK.length) {
    const bytes = readAt(fd, place, Math.min(SEARCH_BYTES, size - place));
    for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
      const found = recordAt(fd, place + at, size);
      if (found !== undefined && found.end <= size) return place + at;
    }
  }
  return undefined;
}

/** Reads up to `length` bytes from `place`; fewer only at the end of the file. */
export function readAt(fd: number, place: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.max(0, length));
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(fd, buffer, filled, buffer.length - filled, place + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

function lineHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

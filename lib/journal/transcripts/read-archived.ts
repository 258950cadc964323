import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { reasonOf } from '../../core/errors.ts';
import { type Branch, type Container, containersOf, openContainer } from './branches.ts';
import { type ArchiveFault, type Block, contentHash, readAt } from './container.ts';
import { readTail } from './tail.ts';

/** One archived file of a session, as the client had it. */
export interface ArchivedFile {
  readonly session: string;
  /** The config folder of the client. */
  readonly base: string;
  /** Relative to that folder, with `/`: `projects/…/ID.jsonl`, `file-history/ID/…`. */
  readonly path: string;
  /**
   * `main`, or `branch-N` for content that the client once had in place of the end of another
   * branch.
   */
  readonly branch: string;
  /** Bytes of the whole file. */
  readonly bytes: number;
  /** Bytes at the start that it shares with an earlier branch of the same file; 0 for `main`. */
  readonly shared: number;
  /** When it was first archived and last grew, in milliseconds since the epoch. */
  readonly openedAt: number;
  readonly changedAt: number;
  readonly container: Container;
  readonly content: Branch;
}

/** Which part of a file to read, and who gets reports about damage. */
export interface ReadArchived {
  /** In bytes. Default: from the start, to the end. */
  readonly from?: number;
  readonly to?: number;
  readonly onFault?: (fault: ArchiveFault) => void;
}

export interface ReadArchivedLines extends ReadArchived {
  /** Longer lines are skipped. */
  readonly longest?: number;
  readonly onSkipped?: () => void;
}

/** No block is larger. A block that claims to be is damaged. */
const MAX_BLOCK_BYTES = 16 << 20;
const MAX_LINE_BYTES = 8 << 20;
const NEWLINE = 0x0a;

/**
 * Lists all archived files of a session, oldest first, one per branch. Reading all branches of a
 * file with `from: file.shared` gives each line once.
 * @param archive The folder `archive` of the state folder.
 * @throws {@link WaymarkError} ARCHIVE_TOO_NEW.
 */
export function archivedFiles(archive: string, session: string): readonly ArchivedFile[] {
  return containersOf(archive, session).flatMap(filesIn);
}

export function filesIn(container: Container): readonly ArchivedFile[] {
  const seen = new Map<string, number>();
  return container.branches.map((content) => {
    const number = seen.get(content.path) ?? 0;
    seen.set(content.path, number + 1);
    return {
      ...{ session: container.session, base: container.base, path: content.path },
      branch: number === 0 ? 'main' : `branch-${number}`,
      ...{ bytes: content.end, shared: content.parent === undefined ? 0 : content.from },
      ...{ openedAt: content.openedAt, changedAt: content.changedAt, container, content },
    };
  });
}

/**
 * Reads the bytes of a file, in pieces of at most a few MB. Skips and reports what is unreadable.
 */
export function* archivedBytes(file: ArchivedFile, options: ReadArchived = {}): Generator<Buffer> {
  for (const { bytes } of piecesOf(file, options)) if (bytes !== undefined) yield bytes;
}

/**
 * Reads the lines of a file, without line ends. A last line without an end counts. Skips a line of
 * which a part is unreadable.
 */
export function* archivedLines(
  file: ArchivedFile,
  options: ReadArchivedLines = {},
): Generator<string> {
  const longest = options.longest ?? MAX_LINE_BYTES;
  let parts: Buffer[] = [];
  let length = 0;
  let isLost = false; // A part of the current line is missing, or it is too long.
  const end = (rest: Buffer): string | undefined => {
    const line = isLost ? undefined : Buffer.concat([...parts, rest]).toString('utf8');
    if (isLost && length > longest) options.onSkipped?.();
    [parts, length, isLost] = [[], 0, false];
    return line;
  };
  for (const { bytes } of piecesOf(file, options)) {
    if (bytes === undefined) {
      [parts, length, isLost] = [[], 0, true];
      continue;
    }
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      const isTooLong = length + at - from > longest;
      if (isTooLong) [parts, length, isLost] = [[], longest + 1, true];
      const line = end(bytes.subarray(from, at));
      if (line !== undefined) yield line;
      from = at + 1;
    }
    length += bytes.length - from;
    if (length > longest) [parts, isLost] = [[], true];
    else if (!isLost && from < bytes.length) parts.push(bytes.subarray(from));
  }
  const last = length > 0 || isLost ? end(Buffer.alloc(0)) : undefined;
  if (last !== undefined && last !== '') yield last;
}

interface Piece {
  /** `undefined`: bytes are missing here. */
  readonly bytes: Buffer | undefined;
}

function* piecesOf(file: ArchivedFile, { from = 0, to, onFault }: ReadArchived): Generator<Piece> {
  const end = Math.min(to ?? Number.POSITIVE_INFINITY, file.content.end);
  const fd = openSync(file.container.file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const branch = branchIn(fd, file);
    yield* piecesOfBranch(fd, file, { branch, from, to: end }, onFault);
  } finally {
    closeSync(fd);
  }
}

/** Finds the branch in the open container, which may have been repacked since it was listed. */
function branchIn(fd: number, { container, content }: ArchivedFile): Branch {
  if (fstatSync(fd).ino === container.inode) return content;
  const now = openContainer(container.file);
  return now?.branches.find(({ id }) => id === content.id) ?? content;
}

interface Part {
  readonly branch: Branch;
  readonly from: number;
  readonly to: number;
}

type OnFault = ReadArchived['onFault'];

function* piecesOfBranch(
  fd: number,
  file: ArchivedFile,
  { branch, from, to }: Part,
  onFault: OnFault,
): Generator<Piece> {
  let place = from;
  if (branch.parent !== undefined && place < branch.from) {
    const shared = { branch: branch.parent, from: place, to: Math.min(to, branch.from) };
    yield* piecesOfBranch(fd, file, shared, onFault);
    place = Math.max(place, Math.min(to, branch.from));
  }
  for (const block of branch.blocks) {
    const blockEnd = block.offset + block.length;
    if (blockEnd <= place || block.offset >= to) continue;
    if (block.offset > place) yield gap(file, block.place, onFault);
    place = Math.max(place, block.offset);
    const read = readBlock(fd, block);
    if ('reason' in read) {
      onFault?.({
        ...{ file: file.container.file, place: block.place, kind: 'damaged' },
        reason: `bytes ${block.offset} to ${blockEnd} of ${branch.path} ${read.reason}`,
      });
      yield { bytes: undefined };
    } else yield { bytes: read.bytes.subarray(place - block.offset, to - block.offset) };
    place = Math.min(to, blockEnd);
  }
  for (const tail of branch.tails.toSorted((a, b) => a.offset - b.offset)) {
    if (tail.offset + tail.length <= place || tail.offset >= to) continue;
    if (tail.offset > place) yield gap(file, 0, onFault);
    place = Math.max(place, tail.offset);
    const wanted = Math.min(to, tail.offset + tail.length) - place;
    const bytes = readTail(tail.file, place - tail.offset, wanted);
    if (bytes.length > 0) yield { bytes };
    place += bytes.length;
    if (bytes.length > 0 && bytes.length < wanted) yield gap(file, tail.stored, onFault);
  }
}

function gap(file: ArchivedFile, place: number, onFault: OnFault): Piece {
  onFault?.({
    ...{ file: file.container.file, place, kind: 'damaged' },
    reason: `a part of ${file.path} is missing`,
  });
  return { bytes: undefined };
}

/** Reads the content of a block, or returns what is wrong with it. */
export function readBlock(
  fd: number,
  block: Block,
): { readonly bytes: Buffer } | { readonly reason: string } {
  if (block.length > MAX_BLOCK_BYTES) return { reason: 'have an impossible length' };
  const stored = readAt(fd, block.place, Math.min(block.stored, 2 * MAX_BLOCK_BYTES));
  if (stored.length < block.stored) return { reason: 'are cut off' };
  try {
    const bytes =
      block.codec === 'raw'
        ? stored
        : brotliDecompressSync(stored, { maxOutputLength: Math.max(1, block.length) });
    if (bytes.length === block.length && contentHash(bytes) === block.hash) return { bytes };
    return { reason: 'are not what was written' };
  } catch (error) {
    return { reason: `cannot be unpacked: ${reasonOf(error)}` };
  }
}

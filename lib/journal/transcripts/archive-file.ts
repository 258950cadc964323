import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import type { Sliced } from '../../core/sliced.ts';
import type { Branch } from './branches.ts';
import { commonBytes, type LiveFile, lineStart } from './compare-live.ts';
import { contentHash, readAt } from './container.ts';
import { readTail } from './read-archived.ts';
import type { Write } from '../append-file.ts';
import { appendTail, type ContainerWriter } from './write-container.ts';

/** An active file is compressed in pieces of this size; what is left of it stays as it is until then. */
export const BLOCK_BYTES = 256 * 1024;

/** What is compressed at once of a file that was never archived, or that nobody writes any more. */
const LARGE_BLOCK_BYTES = 2 << 20;

export interface ArchiveFileOptions {
  /** Nobody writes it any more: everything is compressed. */
  readonly isClosed: boolean;
  /** What the last call remembers. */
  readonly known?: Grown | undefined;
}

/** How far a file that grows was archived, and what shows that it is still the same file. */
export interface Grown {
  readonly inode: number;
  readonly id: number;
  /** Bytes that are compressed, and bytes that are archived. */
  readonly sealed: number;
  readonly end: number;
  /** Hash of the bytes just before the end. */
  readonly lastHash: string;
}

export type FileOutcome =
  /** Its content is in the archive. `added`: bytes that were not there before. */
  | {
      readonly state: 'archived';
      readonly added: number;
      readonly isNewBranch: boolean;
      readonly grown: Grown;
    }
  | { readonly state: 'missing' | 'unreadable' };

/**
 * Archives what a file of the client has and the archive does not. A file that was cut or rewritten begins a branch behind the lines that it still shares.
 * @param path Below the config folder.
 */
export function* archiveFile(
  writer: ContainerWriter,
  file: string,
  path: string,
  options: ArchiveFileOptions,
): Sliced<FileOutcome> {
  const live = openLive(file);
  if (typeof live === 'string') return { state: live };
  try {
    const found = yield* placeOf(writer, live, path, options.known);
    if (found.common >= live.size && found.branch !== undefined) return known(live, found.branch);
    return yield* addRest(writer, live, path, found, options);
  } finally {
    closeSync(live.fd);
  }
}

interface Place {
  /** The branch that has most of the file's start; `undefined`: nothing is archived of it. */
  readonly branch: Branch | undefined;
  readonly common: number;
}

/** Finds the branch that the file goes on, or else the one from which it differs last. */
function* placeOf(
  writer: ContainerWriter,
  live: LiveFile,
  path: string,
  known: Grown | undefined,
): Sliced<Place> {
  const grown = writer.container.branches.find(
    ({ id, end }) => id === known?.id && end === known.end,
  );
  if (known !== undefined && grown !== undefined && goesOn(live, known))
    return { branch: grown, common: grown.end };
  let best: Place = { branch: undefined, common: -1 };
  for (const branch of writer.container.branches.filter((one) => one.path === path).toReversed()) {
    const common = yield* commonBytes(live, writer.fd, branch);
    if (common > best.common) best = { branch, common };
    if (common === branch.end || common === live.size) return { branch, common };
  }
  return best;
}

function* addRest(
  writer: ContainerWriter,
  live: LiveFile,
  path: string,
  { branch, common }: Place,
  options: ArchiveFileOptions,
): Sliced<FileOutcome> {
  const isLines = path.endsWith('.jsonl');
  if (branch !== undefined && common === branch.end) {
    const added = yield* addFrom(writer, live, branch, isLines || branch.end > 0, options);
    return { state: 'archived', isNewBranch: false, ...added };
  }
  const shared = branch === undefined ? 0 : isLines ? lineStart(live, common) : common;
  const parent = shared > 0 ? branch : undefined;
  const id = writer.open(path, parent, shared);
  const fresh = { id, path, parent, from: shared, openedAt: 0, changedAt: 0 };
  const begun = { ...fresh, blocks: [], tails: [], sealed: shared, end: shared };
  const added = yield* addFrom(writer, live, begun, isLines, options);
  return { state: 'archived', isNewBranch: branch !== undefined, ...added };
}

/** @param grows Whether more is likely to follow, so that what is left is not worth a block. */
function* addFrom(
  writer: ContainerWriter,
  live: LiveFile,
  branch: Branch,
  grows: boolean,
  { isClosed }: ArchiveFileOptions,
): Sliced<{ readonly added: number; readonly grown: Grown }> {
  let sealed = branch.sealed;
  const compressAll = isClosed || !grows;
  while (live.size - sealed >= BLOCK_BYTES || (compressAll && sealed < live.size)) {
    const left = live.size - sealed;
    const wanted = left >= LARGE_BLOCK_BYTES ? LARGE_BLOCK_BYTES : Math.min(left, BLOCK_BYTES);
    const content = readAt(
      live.fd,
      sealed,
      compressAll && left < LARGE_BLOCK_BYTES ? left : wanted,
    );
    if (content.length === 0) break; // cut while it is read: the next look finds out
    writer.add(branch.id, sealed, content);
    sealed += content.length;
    yield;
  }
  if (sealed > branch.sealed && branch.tails.length > 0) writer.sync();
  const isFitting = branch.tails.some(
    ({ offset, length }) => offset === sealed && offset + length === branch.end,
  );
  const from = isFitting ? branch.end : sealed;
  const rest = readAt(live.fd, from, live.size - from);
  const end = from + rest.length;
  const place = { id: branch.id, sealed, end: from };
  if (rest.length > 0 && !(isFitting && writer.appendTail(place, rest)))
    writer.startTail(branch.id, sealed, readAt(live.fd, sealed, end - sealed));
  writer.dropTails(branch.id, sealed);
  return { added: end - branch.end, grown: grownTo(live, branch.id, sealed, end) };
}

/** Compresses what a branch still has as a tail, for a file that nobody writes any more or that is gone. */
export function sealTails(writer: ContainerWriter, branch: Branch): void {
  let sealed = branch.sealed;
  for (const { file, offset, length } of branch.tails.toSorted((a, b) => a.offset - b.offset)) {
    if (offset > sealed || offset + length <= sealed) continue;
    const content = readTail(file, sealed - offset, offset + length - sealed);
    if (content.length === 0) continue;
    writer.add(branch.id, sealed, content);
    sealed += content.length;
  }
  if (sealed > branch.sealed) writer.sync();
  writer.dropTails(branch.id, sealed);
}

/** The archive has all of it: the end of a branch, or a part of one, on which nothing can go on. */
function known(live: LiveFile, { id, sealed, end }: Branch): FileOutcome {
  const grown = grownTo(live, live.size === end ? id : -1, sealed, end);
  return { state: 'archived', added: 0, isNewBranch: false, grown };
}

const LAST_BYTES = 512;

function grownTo({ fd, inode }: LiveFile, id: number, sealed: number, end: number): Grown {
  return { inode, id, sealed, end, lastHash: lastHash(fd, end) };
}

function lastHash(fd: number, end: number): string {
  const from = Math.max(0, end - LAST_BYTES);
  return contentHash(readAt(fd, from, end - from));
}

/** Whether the file has what was archived of it, and perhaps more. */
function goesOn({ fd, inode, size }: LiveFile, known: Grown): boolean {
  return inode === known.inode && size >= known.end && lastHash(fd, known.end) === known.lastHash;
}

/**
 * Archives what was appended to a file, without a look at its container. @returns `undefined` when it needs one.
 */
export function growTail(
  container: string,
  file: string,
  known: Grown | undefined,
  write?: Write,
): { readonly added: number; readonly grown: Grown } | undefined {
  if (known === undefined || known.id < 0) return undefined;
  const live = openLive(file);
  if (typeof live === 'string') return undefined;
  try {
    if (!goesOn(live, known) || live.size - known.sealed >= BLOCK_BYTES) return undefined;
    const rest = readAt(live.fd, known.end, live.size - known.end);
    if (rest.length > 0 && !appendTail(container, known, rest, write)) return undefined;
    const end = known.end + rest.length;
    return { added: rest.length, grown: grownTo(live, known.id, known.sealed, end) };
  } finally {
    closeSync(live.fd);
  }
}

function openLive(file: string): LiveFile | 'missing' | 'unreadable' {
  let fd: number;
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    fd = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK); // a FIFO under that name must not hold the worker
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error)) ? 'missing' : 'unreadable';
  }
  const found = fstatSync(fd);
  if (found.isFile()) return { fd, size: found.size, inode: found.ino, changedAt: found.mtimeMs };
  closeSync(fd);
  return 'unreadable';
}

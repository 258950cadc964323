import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import type { Sliced } from '../../core/sliced.ts';
import type { Branch } from './branches.ts';
import { commonBytes, type LiveFile, lineStart } from './compare-live.ts';
import { contentHash, LARGE_BLOCK_BYTES, readAt } from './container.ts';
import type { Write } from '../append-file.ts';
import { appendTail, readTail, WINDOW_BYTES } from './tail.ts';
import type { ContainerWriter } from './write-container.ts';

/** A growing file is stored in blocks of this size. The rest is its tail until it fills a block. */
const BLOCK_BYTES = 1 << 20;

export interface ArchiveFileOptions {
  /** The file is complete: compress everything. */
  readonly isClosed: boolean;
  /** The result of the last call. */
  readonly known?: Grown | undefined;
}

/** How far a growing file was archived, and what proves that it is still the same file. */
export interface Grown {
  readonly inode: number;
  readonly id: number;
  /** Bytes in blocks, and archived bytes. */
  readonly sealed: number;
  readonly end: number;
  /** Bytes of the file of its tail. */
  readonly tailBytes: number;
  /** Hash of the bytes just before the end. */
  readonly lastHash: string;
}

export type FileOutcome =
  /** The archive has its content. `added`: new bytes. */
  | {
      readonly state: 'archived';
      readonly added: number;
      readonly isNewBranch: boolean;
      readonly grown: Grown;
    }
  | { readonly state: 'missing' | 'unreadable' };

/**
 * Archives what the archive does not have of a client's file. A file that was cut or rewritten
 * starts a branch after the lines that it still shares.
 * @param path Relative to the config folder.
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
  /** The branch with the longest common start; `undefined`: nothing is archived of it. */
  readonly branch: Branch | undefined;
  readonly common: number;
}

/** Finds the branch that the file continues, or else the branch from which it differs last. */
function* placeOf(
  writer: ContainerWriter,
  live: LiveFile,
  path: string,
  known: Grown | undefined,
): Sliced<Place> {
  const grown = writer.container.branches.find(
    ({ id, end }) => id === known?.id && end === known.end,
  );
  if (known !== undefined && grown !== undefined && isContinuation(live, known))
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

/** @param grows Whether more is likely to follow, so that the rest is not worth a block. */
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
    if (content.length === 0) break; // The file was cut while it was read: the next call notices.
    writer.add(branch.id, sealed, content);
    sealed += content.length;
    yield;
  }
  if (sealed > branch.sealed && branch.tails.length > 0) writer.sync();
  const { end, tailBytes } = growBranchTail(writer, live, branch, sealed);
  writer.dropTails(branch.id, sealed);
  const grown = grownTo(live, { id: branch.id, sealed, end, tailBytes });
  return { added: end - branch.end, grown };
}

/** Adds what is behind the blocks of a branch to its tail. */
function growBranchTail(
  writer: ContainerWriter,
  { fd, size }: LiveFile,
  { id, tails, end: known }: Branch,
  sealed: number,
): Pick<Grown, 'end' | 'tailBytes'> {
  const tail = tails.find(({ offset, length }) => offset === sealed && offset + length === known);
  const from = tail === undefined ? sealed : known;
  const content = readAt(fd, from, size - from);
  const end = from + content.length;
  if (content.length === 0) return { end, tailBytes: tail?.stored ?? 0 };
  const parts = { content, before: readLast(fd, from) };
  const appended = tail && writer.appendTail({ id, sealed, end: from, stored: tail.stored }, parts);
  return {
    end,
    tailBytes: appended ?? writer.startTail(id, sealed, readAt(fd, sealed, end - sealed)),
  };
}

/** Compresses the tail of a branch, for a file that is complete or deleted. */
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

/**
 * Describes a file that the archive has completely: the end of a branch, or a part of one, which
 * nothing can continue.
 */
function known(live: LiveFile, { id, sealed, end, tails }: Branch): FileOutcome {
  const tailBytes = tails.find(({ offset }) => offset === sealed)?.stored ?? 0;
  const place = { id: live.size === end ? id : -1, sealed, end, tailBytes };
  return { state: 'archived', added: 0, isNewBranch: false, grown: grownTo(live, place) };
}

function grownTo({ fd, inode }: LiveFile, place: Omit<Grown, 'inode' | 'lastHash'>): Grown {
  return { inode, ...place, lastHash: contentHash(readLast(fd, place.end)) };
}

/** The bytes before a place that a tail is compressed with. */
function readLast(fd: number, end: number): Buffer {
  const from = Math.max(0, end - WINDOW_BYTES);
  return readAt(fd, from, end - from);
}

/**
 * Whether the file still begins with what was archived of it.
 * @param last What it has there now.
 */
function isContinuation(
  { fd, inode, size }: LiveFile,
  known: Grown,
  last = readLast(fd, known.end),
): boolean {
  return inode === known.inode && size >= known.end && contentHash(last) === known.lastHash;
}

/**
 * Archives what was appended to a file, without reading its container.
 * @returns `undefined` if the container is needed.
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
    const before = readLast(live.fd, known.end);
    if (!isContinuation(live, known, before) || live.size - known.sealed >= BLOCK_BYTES)
      return undefined;
    const content = readAt(live.fd, known.end, live.size - known.end);
    if (content.length === 0) return { added: 0, grown: known };
    const { id, sealed, end, tailBytes: stored } = known;
    const tailBytes = appendTail(
      container,
      { id, sealed, end, stored },
      { content, before },
      write,
    );
    if (tailBytes === undefined) return undefined;
    const place = { id, sealed, end: end + content.length, tailBytes };
    return { added: content.length, grown: grownTo(live, place) };
  } finally {
    closeSync(live.fd);
  }
}

function openLive(file: string): LiveFile | 'missing' | 'unreadable' {
  let fd: number;
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    // A FIFO of that name must not block the worker.
    fd = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error)) ? 'missing' : 'unreadable';
  }
  const found = fstatSync(fd);
  if (found.isFile()) return { fd, size: found.size, inode: found.ino, changedAt: found.mtimeMs };
  closeSync(fd);
  return 'unreadable';
}

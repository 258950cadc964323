import type { BigIntStats } from 'node:fs';
import { computeIdentity } from './restore/identity.ts';
import type { BytePath } from './restore/path-state.ts';

/** Calls with where an entry of the index begins, and where its path begins and ends. */
export type VisitEntry = (start: number, path: number, end: number) => void;

/**
 * How many entries an index of git in its second format has, by its head.
 * @throws if it is none.
 */
export function countEntries(head: Buffer): number {
  if (head.toString('latin1', 0, 4) !== 'DIRC' || head.readUInt32BE(4) !== 2)
    throw new Error('not an index in the second format');
  return head.readUInt32BE(8);
}

/** Where the first entry begins. */
export const HEAD_BYTES = 12;

export interface EntriesForm {
  /** Where the first entry begins. */
  readonly start: number;
  readonly count: number;
  /** Length of object ids. */
  readonly idBytes: number;
}

/**
 * Walks entries of an index, in their order.
 * @returns where the last one ends; `undefined` if they are no entries, or have flags: stages of a
 * merge, or paths that git does not look at.
 */
export function walkIndex(
  bytes: Buffer,
  { start: first, count, idBytes }: EntriesForm,
  visit: VisitEntry,
): number | undefined {
  let start = first;
  for (let left = count; left > 0; left -= 1) {
    const path = start + STAT_BYTES + idBytes + 2;
    if (path > bytes.length) return undefined;
    const flags = ((bytes[path - 2] ?? 0) << 8) | (bytes[path - 1] ?? 0);
    const end = flags < LONG_PATH ? path + flags : bytes.indexOf(0, path);
    if (flags > LONG_PATH || end === -1 || bytes[end] !== 0) return undefined;
    visit(start, path, end);
    start += (end - start + 8) & ~7;
  }
  return start;
}

/** An entry begins with what `lstat` said; then come id, length of the path, path. */
const STAT_BYTES = 40;

/** The length field of every path that is this long or longer. A larger number has flags. */
const LONG_PATH = 0xfff;

/** Where the id of an entry begins. */
export function idOf(start: number): number {
  return start + STAT_BYTES;
}

/** An entry of the index. */
export interface IndexEntry {
  readonly path: BytePath;
  /** Octal, as git prints it. */
  readonly mode: string;
  readonly oid: string;
  /** See {@link statOf}. */
  readonly stat: string;
}

export function readEntry(index: Buffer, start: number, path: number, end: number): IndexEntry {
  return {
    path: index.toString('latin1', path, end),
    mode: index.readUInt32BE(start + MODE_AT).toString(8),
    oid: index.toString('hex', idOf(start), path - 2),
    stat: [0, 4, 8, 12, INODE_AT, SIZE_AT].map((at) => index.readUInt32BE(start + at)).join(' '),
  };
}

const INODE_AT = 20;
const MODE_AT = 24;
const SIZE_AT = 36;

/** Whether an entry is a repository in the work tree. */
export function isRepository(index: Buffer, start: number): boolean {
  return index.readUInt32BE(start + MODE_AT) === REPOSITORY;
}

const REPOSITORY = 0o160000;

export function sizeIn(index: Buffer, start: number): number {
  return index.readUInt32BE(start + SIZE_AT);
}

/**
 * What git notes of a file, as far as it names its content: times, inode and size, each in 32 bits.
 */
export function statOf({ ctimeNs, mtimeNs, ino, size }: BigIntStats): string {
  const times = [ctimeNs, mtimeNs].flatMap((time) => {
    const rest = ((time % SECOND) + SECOND) % SECOND;
    return [(time - rest) / SECOND, rest];
  });
  return [...times, ino, size].map((value) => BigInt.asUintN(32, value)).join(' ');
}

const SECOND = 1_000_000_000n;

/** Whether a file is still what an entry says. */
export function isAsIndexed(found: BigIntStats | undefined, { mode, stat }: IndexEntry): boolean {
  return found !== undefined && modeOf(found) === mode && statOf(found) === stat;
}

function modeOf(found: BigIntStats): string {
  if (found.isSymbolicLink()) return '120000';
  if (!found.isFile()) return computeIdentity(found);
  return (found.mode & 0o100n) === 0n ? '100644' : '100755';
}

import type { Sliced } from '../../core/sliced.ts';
import type { Branch } from './branches.ts';
import { contentHash, readAt } from './container.ts';
import { readBlock } from './read-archived.ts';
import { readTail } from './tail.ts';

/** An open file of the client. */
export interface LiveFile {
  readonly fd: number;
  readonly size: number;
  readonly inode: number;
  /** In milliseconds since the epoch. */
  readonly changedAt: number;
}

const PIECE_BYTES = 1 << 20;

/**
 * Returns how many bytes at its start the client's file shares with a branch. Compares hashes where
 * possible, so a block that was damaged in the archive counts as equal.
 */
export function* commonBytes(
  live: LiveFile,
  container: number,
  branch: Branch,
  to: number = branch.end,
): Sliced<number> {
  let place = 0;
  if (branch.parent !== undefined) {
    const shared = Math.min(to, branch.from);
    place = yield* commonBytes(live, container, branch.parent, shared);
    if (place < shared) return place;
  }
  for (const block of branch.blocks) {
    const end = block.offset + block.length;
    if (end <= place || block.offset >= to) continue;
    if (block.offset > place) return place;
    const wanted = Math.min(end, to);
    const bytes = readAt(live.fd, block.offset, wanted - block.offset);
    yield;
    if (bytes.length === block.length && contentHash(bytes) === block.hash) {
      place = end;
      continue;
    }
    const read = readBlock(container, block);
    if ('reason' in read) return place;
    place = block.offset + commonLength(bytes, read.bytes);
    if (place < wanted) return Math.min(place, to);
  }
  return Math.min(to, yield* commonWithTails(live, branch, place, to));
}

function* commonWithTails(
  live: LiveFile,
  branch: Branch,
  from: number,
  to: number,
): Sliced<number> {
  let place = from;
  for (const tail of branch.tails.toSorted((a, b) => a.offset - b.offset)) {
    if (tail.offset > place) return place;
    const end = Math.min(to, tail.offset + tail.length);
    while (place < end) {
      const archived = readTail(tail.file, place - tail.offset, Math.min(PIECE_BYTES, end - place));
      const same = commonLength(readAt(live.fd, place, archived.length), archived);
      yield;
      place += same;
      if (same < archived.length || archived.length === 0) return place;
    }
  }
  return place;
}

/** Returns how many bytes at the start are equal. */
function commonLength(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length);
  if (a.subarray(0, most).equals(b.subarray(0, most))) return most;
  let [low, high] = [0, most]; // The first `low` bytes are equal, the first `high` are not.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (a.subarray(low, middle).equals(b.subarray(low, middle))) low = middle;
    else high = middle;
  }
  return low;
}

/** Returns the offset after the last line end before `place`. */
export function lineStart(live: LiveFile, place: number): number {
  for (let end = place; end > 0; ) {
    const from = Math.max(0, end - 65_536);
    const at = readAt(live.fd, from, end - from).lastIndexOf(0x0a);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

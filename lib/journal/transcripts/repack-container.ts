import {
  closeSync,
  constants,
  fsyncSync,
  fstatSync,
  openSync,
  renameSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { removeQuietly } from '../../core/files.ts';
import type { Sliced } from '../../core/sliced.ts';
import type { Write } from '../append-file.ts';
import { type Branch, type Container, openContainer } from './branches.ts';
import {
  type Block,
  containerHead,
  contentHash,
  LARGE_BLOCK_BYTES,
  readAt,
  recordOf,
} from './container.ts';
import { readBlock } from './read-archived.ts';
import { compressed } from './write-container.ts';

/** Suffix of a repacked container until it replaces the other. */
export const REPACK_END = '.repack';

/**
 * It replaces the other only if it saves this share. Else a session that ends again and again would
 * be rewritten each time.
 */
const WORTH = 0.03;

/**
 * Joins the small blocks of a container, which an active session leaves, into large ones, which
 * compress better. Writes a new container and replaces the old one with one rename, so that a crash
 * leaves either the one or the other. Leaves a container alone that is damaged or has tails. One
 * slice per large block.
 * @returns saved bytes; 0 if nothing was gained.
 * @throws the errno of a failing disk; the container is unchanged then.
 */
export function* repackContainer(file: string, write: Write = writeSync): Sliced<number> {
  const draft = `${file}${REPACK_END}`;
  removeQuietly(draft);
  const container = openContainer(file);
  if (container === undefined || !isJoinable(container)) return 0;
  const source = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const before = fstatSync(source);
    if (before.ino !== container.inode) return 0;
    const bytes = yield* writeDraft(draft, container, source, write);
    if (bytes === undefined || bytes > before.size * (1 - WORTH)) return 0;
    const now = statSync(file);
    // The session continued in the meantime.
    if (now.ino !== before.ino || now.size !== before.size) return 0;
    // The time says how current the container is.
    utimesSync(draft, now.atimeMs / 1000, now.mtimeMs / 1000);
    renameSync(draft, file);
    return before.size - bytes;
  } finally {
    closeSync(source);
    removeQuietly(draft);
  }
}

function isJoinable({ faults, hasHead, branches }: Container): boolean {
  if (faults.length > 0 || !hasHead || branches.some(({ tails }) => tails.length > 0)) return false;
  return branches.some((branch) => groupsOf(branch).some((group) => group.length > 1));
}

/** Groups adjacent blocks up to the size of a large one. */
function groupsOf({ blocks }: Branch): ReadonlyArray<readonly Block[]> {
  const groups: Block[][] = [];
  let [length, end] = [0, -1];
  for (const block of blocks) {
    const group = groups.at(-1);
    const fits = block.offset === end && length + block.length <= LARGE_BLOCK_BYTES;
    if (group !== undefined && fits) group.push(block);
    else groups.push([block]);
    length = group !== undefined && fits ? length + block.length : block.length;
    end = block.offset + block.length;
  }
  return groups;
}

/** @returns its size; `undefined` if a block is unreadable: the container stays as it is then. */
function* writeDraft(
  draft: string,
  { session, base, branches }: Container,
  source: number,
  write: Write,
): Sliced<number | undefined> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  let end = 0;
  const append = (bytes: Buffer): void => {
    for (let done = 0; done < bytes.length; )
      done += write(fd, bytes, done, bytes.length - done, end + done);
    end += bytes.length;
  };
  try {
    append(containerHead(session, base));
    for (const branch of branches) {
      const { id, path, parent, from, openedAt: at } = branch;
      const shares = parent === undefined ? {} : { parent: parent.id, from };
      append(recordOf({ k: 'open', id, path, ...shares, at }));
      for (const group of groupsOf(branch)) {
        const record = joined(source, id, group);
        if (record === undefined) return undefined;
        append(record);
        yield;
      }
    }
    fsyncSync(fd); // Before the rename: after a power cut, no name may exist without its content.
    return end;
  } finally {
    closeSync(fd);
  }
}

/** Returns one record for several blocks. Copies a single one unchanged. */
function joined(source: number, id: number, group: readonly Block[]): Buffer | undefined {
  const contents = group.map((block) => readBlock(source, block));
  const parts = contents.flatMap((read) => ('bytes' in read ? [read.bytes] : []));
  const [first, last] = [group[0], group.at(-1)];
  if (parts.length < group.length || first === undefined || last === undefined) return undefined;
  const { offset: off } = first;
  const at = group.reduce((latest, block) => Math.max(latest, block.at), 0);
  if (group.length === 1) {
    const { length: n, stored: z, codec: c, hash: sha } = first;
    const data = readAt(source, first.place, first.stored);
    return recordOf({ k: 'block', id, off, n, z, c, sha, at }, data);
  }
  const content = Buffer.concat(parts);
  const { codec: c, data } = compressed(content);
  const shape = { k: 'block', id, off, n: content.length, z: data.length, c };
  return recordOf({ ...shape, sha: contentHash(content), at }, data);
}

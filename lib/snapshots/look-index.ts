import { createHash } from 'node:crypto';
import { closeSync, fstatSync, lstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { namesIn, removeQuietly } from '../core/files.ts';
import { replaceFile } from '../core/replace-file.ts';
import {
  countEntries,
  HEAD_BYTES,
  idOf,
  type IndexEntry,
  isRepository,
  readEntry,
  sizeIn,
  walkIndex,
} from './index-file.ts';
import type { SnapshotStore } from './open-store.ts';
import type { BytePath } from './restore/path-state.ts';

/**
 * A copy of a store's index in which every object id is another one. Git compares the content of a
 * file whose times changed before it lists the file as modified; here it finds none that is the
 * same, so it lists every such file, and one call can list the modified and the new ones.
 *
 * Behind the entries is a table of where every 64th begins, as an extension that git passes over:
 * to find an entry, a few kilobytes are read. Close it.
 */
export class LookIndex {
  readonly path: string;
  readonly #file: number;
  readonly #idBytes: number;
  /** Where blocks of entries begin, and where the last one ends. */
  readonly #bounds: readonly number[];
  readonly #count: number;
  readonly #blocks = new Map<number, readonly IndexEntry[]>();

  /** @throws when it is not as {@link keepLookIndex} writes it. */
  constructor(path: string, idBytes: number) {
    this.path = path;
    this.#idBytes = idBytes;
    this.#file = openSync(path, 'r');
    try {
      this.#count = countEntries(this.#read(0, HEAD_BYTES));
      const blocks = Math.ceil(this.#count / BLOCK);
      const end = fstatSync(this.#file).size - idBytes;
      const table = this.#read(end - 4 * blocks, end);
      const starts = Array.from({ length: blocks }, (_, block) => table.readUInt32BE(4 * block));
      this.#bounds = [...starts, end - 4 * blocks - EXTENSION_HEAD];
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The entry of a path; `undefined` if it has none. */
  find(path: BytePath): IndexEntry | undefined {
    const found = this.#firstFrom(path);
    return found?.path === path ? found : undefined;
  }

  /** Whether it has a path below a folder. */
  hasBelow(folder: BytePath): boolean {
    return this.#firstFrom(`${folder}/`)?.path.startsWith(`${folder}/`) === true;
  }

  close(): void {
    closeSync(this.#file);
  }

  #firstFrom(path: BytePath): IndexEntry | undefined {
    try {
      return this.#search(path);
    } catch (error) {
      throw new BrokenLookIndex('the look index is broken', { cause: error });
    }
  }

  /** The first entry that is not before a path. */
  #search(path: BytePath): IndexEntry | undefined {
    let [low, high] = [0, this.#bounds.length - 1]; // the first block that begins behind the path
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#block(middle)[0]?.path ?? '') > path) high = middle;
      else low = middle + 1;
    }
    const before = low === 0 ? [] : this.#block(low - 1);
    return before.find((entry) => entry.path >= path) ?? this.#block(low)[0];
  }

  #block(block: number): readonly IndexEntry[] {
    const known = this.#blocks.get(block);
    if (known !== undefined) return known;
    const [start, end] = this.#bounds.slice(block, block + 2);
    const entries: IndexEntry[] = [];
    if (start !== undefined && end !== undefined) {
      const bytes = this.#read(start, end);
      const count = Math.min(BLOCK, this.#count - block * BLOCK);
      const form = { start: 0, count, idBytes: this.#idBytes };
      const last = walkIndex(
        bytes,
        form,
        (...place) => void entries.push(readEntry(bytes, ...place)),
      );
      if (last === undefined) throw new Error('the look index is broken');
    }
    this.#blocks.set(block, entries);
    return entries;
  }

  #read(start: number, end: number): Buffer {
    const bytes = Buffer.alloc(end - start);
    if (readSync(this.#file, bytes, 0, bytes.length, start) < bytes.length)
      throw new Error('the look index is too short');
    return bytes;
  }
}

/** Its bytes are not those of a look index. */
export class BrokenLookIndex extends Error {}

/** Entries of one block. */
const BLOCK = 64;

/** @returns `undefined` unless there is one of the index as it is now. */
export function openLookIndex(store: SnapshotStore): LookIndex | undefined {
  const path = lookPath(store);
  if (path === undefined || lstatSync(path, { throwIfNoEntry: false }) === undefined)
    return undefined;
  try {
    return new LookIndex(path, store.nullId.length / 2);
  } catch {
    removeQuietly(path);
    return undefined;
  }
}

/**
 * Makes the copy if there is none of the index as it is now, and if it would serve: of an index
 * with repositories, or with many empty files, it would not.
 */
export function keepLookIndex(store: SnapshotStore): void {
  const path = lookPath(store);
  if (path === undefined || lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  deleteLookIndexes(store);
  try {
    const content = copyMasked(readFileSync(`${store.folder}/index`), store.nullId.length / 2);
    if (content === undefined) return;
    replaceFile(path, content, { mode: 0o600, fsync: false });
    // an earlier version split the index; this one is whole
    deleteNamed(store, 'sharedindex.');
  } catch {
    // The next snapshot looks without it.
  }
}

export function deleteLookIndexes(store: Pick<SnapshotStore, 'folder'>): void {
  deleteNamed(store, PREFIX);
}

function deleteNamed({ folder }: Pick<SnapshotStore, 'folder'>, start: string): void {
  for (const name of namesIn(folder))
    if (name.startsWith(start)) removeQuietly(`${folder}/${name}`);
}

const PREFIX = 'look-index-';

/** Its name has the inode, size and times of the index. */
function lookPath({ folder }: SnapshotStore): string | undefined {
  const found = lstatSync(`${folder}/index`, { bigint: true, throwIfNoEntry: false });
  if (found?.isFile() !== true) return undefined;
  return `${folder}/${PREFIX}${found.ino}-${found.size}-${found.mtimeNs}-${found.ctimeNs}`;
}

function copyMasked(index: Buffer, idBytes: number): Buffer | undefined {
  const count = countEntries(index);
  const starts: number[] = [];
  let [isPlain, empty, seen] = [true, 0, 0];
  const form = { start: HEAD_BYTES, count, idBytes };
  const end = walkIndex(index.subarray(0, -idBytes), form, (start) => {
    if (seen % BLOCK === 0) starts.push(start);
    seen += 1;
    if (sizeIn(index, start) === 0) empty += 1;
    if (isRepository(index, start)) isPlain = false;
    maskId(index, start);
  });
  if (end === undefined || !isPlain || empty > MAX_EMPTY || isSplit(index, end)) return undefined;
  // without its extensions, which are of other ids
  const content = Buffer.concat([index.subarray(0, end), tableOf(starts)]);
  const hash = createHash(idBytes === 32 ? 'sha256' : 'sha1')
    .update(content)
    .digest();
  return Buffer.concat([content, hash]);
}

/** Git takes an empty file with another id for changed. Each is compared at every snapshot. */
const MAX_EMPTY = 1_000;

function isSplit(index: Buffer, end: number): boolean {
  return index.toString('latin1', end, end + 4) === 'link';
}

/** An extension of the index that git need not understand: its name begins with a large letter. */
function tableOf(starts: readonly number[]): Buffer {
  const table = Buffer.alloc(EXTENSION_HEAD + 4 * starts.length);
  table.write('WMLK', 'latin1');
  table.writeUInt32BE(4 * starts.length, 4);
  for (const [block, start] of starts.entries())
    table.writeUInt32BE(start, EXTENSION_HEAD + 4 * block);
  return table;
}

const EXTENSION_HEAD = 8;

/** Changes the id of an entry; the second time, back. */
function maskId(index: Buffer, start: number): void {
  const at = idOf(start);
  index[at] = (index[at] ?? 0) ^ 0xff;
}

/** Returns the original object id of a masked one. */
export function unmaskId(oid: string): string {
  const first = Number.parseInt(oid.slice(0, 2), 16) ^ 0xff;
  return first.toString(16).padStart(2, '0') + oid.slice(2);
}

import { lstatSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from './errors.ts';
import { namesIn } from './files.ts';
import { removeTree } from './remove-tree.ts';
import { addUp, type Budget, type Keeper, type Size } from './keeper.ts';
import { constant, inOneGo, type Sliced } from './sliced.ts';

/** Files, or a folder, that go as one. */
export interface KeptItem {
  /** Below the state folder. */
  readonly path: string;
  readonly bytes: number;
  /** What its age is counted from, in milliseconds since the epoch. */
  readonly at: number;
  /** When it was last changed, where that is another time. What has changed since it was listed is not deleted. */
  readonly changedAt?: number;
  /** Paths of files that go with it; their bytes are in `bytes`. */
  readonly beside?: readonly string[];
  readonly isFolder?: boolean;
}

/** One kind of files, which they are, and when they go. */
export interface FileKind {
  readonly name: string;
  /** Tells its files by their path below the state folder; no other kind has one of them. */
  readonly owns: RegExp;
  /** The folder below the state folder in which all of them are; empty: the state folder itself. */
  readonly folder: string;
  /** What goes as one; left out: each file. */
  readonly items?: (root: string) => readonly KeptItem[];
  /** What goes of these; left out: nothing ever does. */
  readonly doomed?: (
    items: readonly KeptItem[],
    budget: Budget,
    now: number,
    root: string,
  ) => readonly KeptItem[];
  /** Called before these are deleted. @throws to keep them. */
  readonly remember?: (items: readonly KeptItem[], root: string) => void;
  /** What is done besides, such as renaming a full log. */
  readonly tidy?: (root: string) => void;
  /** Whether an item belongs to a session; left out: no file is of one session alone. */
  readonly isOf?: (path: string, session: string, root: string) => boolean;
}

/** A keeper of files below `root`. It lists and deletes plain files in real folders: nothing that a symbolic link leads to. */
export function fileKeeper(kind: FileKind, root: string): Keeper {
  function* items(): Sliced<readonly KeptItem[]> {
    return kind.items?.(root) ?? (yield* ownFiles(kind, root));
  }
  const remove = (doomed: readonly KeptItem[]): number => {
    if (doomed.length > 0) kind.remember?.(doomed, root);
    return doomed.filter((item) => removeItem(root, item)).length;
  };
  return {
    name: kind.name,
    *size() {
      return sizeOf(yield* items());
    },
    *plan(budget, now) {
      const doomed = kind.doomed?.(yield* items(), budget, now, root) ?? [];
      return {
        kind: kind.name,
        measure: () =>
          constant(addUp(doomed.map(({ bytes, at }) => ({ count: 1, bytes, oldest: at })))),
        prune: () => {
          const removed = remove(doomed);
          kind.tidy?.(root);
          return removed;
        },
      };
    },
    forget: (session) =>
      remove(inOneGo(items()).filter(({ path }) => kind.isOf?.(path, session, root) === true)),
  };
}

/** Goes by age alone. */
export function ageOf(items: readonly KeptItem[], { before }: Budget): readonly KeptItem[] {
  return items.filter(({ at }) => at < before);
}

/** Goes by age, and the oldest for the excess. */
export function ageAndExcessOf(items: readonly KeptItem[], budget: Budget): readonly KeptItem[] {
  return withExcess(ageOf(items, budget), items, budget);
}

/** Those that are chosen, and of the others so many of the oldest that their bytes make up for the excess; none that is too young. */
export function withExcess(
  chosen: readonly KeptItem[],
  items: readonly KeptItem[],
  { excess, youngest }: Budget,
): readonly KeptItem[] {
  const paths = new Set(chosen.map(({ path }) => path));
  let left = excess;
  const others = items
    .filter(({ path }) => !paths.has(path))
    .toSorted((a, b) => a.at - b.at)
    .filter(({ at, bytes }) => {
      const goes = left > 0 && at < youngest;
      if (goes) left -= bytes;
      return goes;
    });
  return [...chosen, ...others];
}

/** Every plain file in a folder and the folders in it, with its path below `root`. Symbolic links are neither listed nor followed. */
export function filesBelow(root: string, folder: string): readonly KeptItem[] {
  return inOneGo(slicedFilesBelow(root, folder));
}

/** Names that are looked at in one slice: some 20 ms. */
const SLICE_NAMES = 2_000;

function* slicedFilesBelow(root: string, folder: string): Sliced<readonly KeptItem[]> {
  const found: KeptItem[] = [];
  const folders = isRealFolder(root, folder) ? [folder === '' ? '' : `${folder}/`] : [];
  let looked = 0;
  for (let inside = folders.pop(); inside !== undefined; inside = folders.pop()) {
    const inner: string[] = [];
    for (const name of namesIn(`${root}/${inside}`)) {
      const path = `${inside}${name}`;
      const stats = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
      if (stats?.isDirectory() === true) inner.push(`${path}/`);
      else if (stats?.isFile() === true) found.push({ path, bytes: stats.size, at: stats.mtimeMs });
      looked += 1;
      if (looked % SLICE_NAMES === 0) yield;
    }
    folders.push(...inner.reverse());
  }
  return found;
}

/** Whether every part of the way from `root` to a folder below it is a folder, and none a symbolic link. The root itself may be one. */
export function isRealFolder(root: string, folder: string): boolean {
  if (folder === '' || folder === '.') return true;
  const found = lstatSync(`${root}/${folder}`, { throwIfNoEntry: false });
  return found?.isDirectory() === true && isRealFolder(root, dirname(folder));
}

function* ownFiles({ owns, folder }: FileKind, root: string): Sliced<readonly KeptItem[]> {
  return (yield* slicedFilesBelow(root, folder)).filter(({ path }) => owns.test(path));
}

function sizeOf(items: readonly KeptItem[]): Size {
  return { count: items.length, bytes: items.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** @returns whether it was there and unchanged, and is gone now. */
function removeItem(root: string, item: KeptItem): boolean {
  if (!isRealFolder(root, dirname(item.path))) return false;
  const path = `${root}/${item.path}`;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.mtimeMs !== (item.changedAt ?? item.at)) return false;
  if (item.isFolder === true ? !found.isDirectory() : !found.isFile()) return false;
  if (item.isFolder === true) removeTree(path);
  else removeIfThere(path);
  for (const other of item.beside ?? []) removeIfThere(`${root}/${other}`);
  return true;
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

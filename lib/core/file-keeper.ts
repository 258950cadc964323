import { lstatSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from './errors.ts';
import { namesIn } from './files.ts';
import { removeTree } from './remove-tree.ts';
import { sumDeletable, type Budget, type Keeper, type Size } from './keeper.ts';
import { resolvedSlice, runAllSlices, type Sliced } from './sliced.ts';

/** Files, or one folder, that are deleted together. */
export interface KeptItem {
  /** Relative to the state folder. */
  readonly path: string;
  readonly bytes: number;
  /** The time from which its age is counted, in milliseconds since the epoch. */
  readonly at: number;
  /**
   * When it last changed, if that differs from `at`. An item that changed after it was listed is
   * not deleted.
   */
  readonly changedAt?: number;
  /** Paths of files that are deleted with it; `bytes` includes them. */
  readonly companions?: readonly string[];
  readonly isFolder?: boolean;
}

/** One kind of files: which files belong to it, and when they are deleted. */
export interface FileKind {
  readonly name: string;
  /**
   * Matches the paths of its files, relative to the state folder. No other kind matches the same
   * file.
   */
  readonly owns: RegExp;
  /**
   * The folder that contains all of them, relative to the state folder. Empty: the state folder
   * itself.
   */
  readonly folder: string;
  /** Lists what is deleted together. Default: each file by itself. */
  readonly items?: (root: string) => readonly KeptItem[];
  /** Selects which of these items to delete. Default: none, ever. */
  readonly selectDeletable?: (
    items: readonly KeptItem[],
    budget: Budget,
    now: number,
    root: string,
  ) => readonly KeptItem[];
  /**
   * Called before these items are deleted.
   * @throws to keep them.
   */
  readonly remember?: (items: readonly KeptItem[], root: string) => void;
  /** Does further maintenance, such as renaming a full log. */
  readonly tidy?: (root: string) => void;
  /**
   * Whether an item belongs to one of these sessions. Default: no file belongs to a single session.
   */
  readonly isOfSessions?: (path: string, sessions: ReadonlySet<string>, root: string) => boolean;
}

/**
 * Makes a keeper for files below `root`. It lists and deletes plain files in real folders, and
 * follows no symbolic link.
 */
export function fileKeeper(kind: FileKind, root: string): Keeper {
  function* items(): Sliced<readonly KeptItem[]> {
    return kind.items?.(root) ?? (yield* listOwnFiles(kind, root));
  }
  const remove = (deletable: readonly KeptItem[]): number => {
    if (deletable.length > 0) kind.remember?.(deletable, root);
    return deletable.filter((item) => removeItem(root, item)).length;
  };
  return {
    name: kind.name,
    *size() {
      return sizeOf(yield* items());
    },
    *plan(budget, now) {
      const deletable = kind.selectDeletable?.(yield* items(), budget, now, root) ?? [];
      return {
        kind: kind.name,
        measure: () =>
          resolvedSlice(
            sumDeletable(deletable.map(({ bytes, at }) => ({ count: 1, bytes, oldest: at }))),
          ),
        prune: () => {
          const removed = remove(deletable);
          kind.tidy?.(root);
          return removed;
        },
      };
    },
    forget: (sessions) =>
      kind.isOfSessions === undefined
        ? 0
        : remove(
            runAllSlices(items()).filter(
              ({ path }) => kind.isOfSessions?.(path, sessions, root) === true,
            ),
          ),
  };
}

/** Selects items by age alone. */
export function selectByAge(items: readonly KeptItem[], { before }: Budget): readonly KeptItem[] {
  return items.filter(({ at }) => at < before);
}

/** Selects items by age, then the oldest others until the excess is covered. */
export function selectByAgeAndExcess(
  items: readonly KeptItem[],
  budget: Budget,
): readonly KeptItem[] {
  return addForExcess(selectByAge(items, budget), items, budget);
}

/**
 * Adds the oldest of the other items to the chosen ones until their bytes cover the excess. Never
 * adds an item that is too young.
 */
export function addForExcess(
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

/**
 * Lists every plain file in a folder and its subfolders, with paths relative to `root`. Does not
 * list or follow symbolic links.
 */
export function listFilesBelow(root: string, folder: string): readonly KeptItem[] {
  return runAllSlices(listFilesInSlices(root, folder));
}

/** Names to read in one slice: about 20 ms. */
const SLICE_NAMES = 2_000;

function* listFilesInSlices(root: string, folder: string): Sliced<readonly KeptItem[]> {
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

/**
 * Whether each part of the path from `root` to a folder below it is a real folder, not a symbolic
 * link. The root itself may be a link.
 */
export function isRealFolder(root: string, folder: string): boolean {
  if (folder === '' || folder === '.') return true;
  const found = lstatSync(`${root}/${folder}`, { throwIfNoEntry: false });
  return found?.isDirectory() === true && isRealFolder(root, dirname(folder));
}

function* listOwnFiles({ owns, folder }: FileKind, root: string): Sliced<readonly KeptItem[]> {
  return (yield* listFilesInSlices(root, folder)).filter(({ path }) => owns.test(path));
}

function sizeOf(items: readonly KeptItem[]): Size {
  return { count: items.length, bytes: items.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/**
 * Deletes an item unless it changed since it was listed.
 * @returns whether it was deleted.
 */
function removeItem(root: string, item: KeptItem): boolean {
  if (!isRealFolder(root, dirname(item.path))) return false;
  const path = `${root}/${item.path}`;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.mtimeMs !== (item.changedAt ?? item.at)) return false;
  if (item.isFolder === true ? !found.isDirectory() : !found.isFile()) return false;
  if (item.isFolder === true) removeTree(path);
  else removeIfThere(path);
  for (const other of item.companions ?? []) removeIfThere(`${root}/${other}`);
  return true;
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

import { type FSWatcher, lstatSync, opendirSync, type Stats, watch } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import type { ChangeKind } from '../../features/context/table.ts';
import { classifyChanges } from './classify-changes.ts';

export interface TreeWatcherOptions {
  readonly root: string;
  readonly clock: () => number;
  /** Names of files and folders that are ignored at any depth. */
  readonly ignored: ReadonlySet<string>;
  /**
   * A folder that is left out with its content: what waymark writes there is not the user's work.
   */
  readonly excluded: string;
  /**
   * Counts one more folder towards the limit that all trees share; `false` if the limit is reached.
   */
  readonly reserve: () => boolean;
  readonly release: (folders: number) => void;
  readonly onChange: (kind: ChangeKind) => void;
  /** The system refuses further watches (ENOSPC, EMFILE). */
  readonly onTrouble: (errno: string) => void;
}

interface WatchedFolder {
  readonly watcher: FSWatcher;
  /** Known files and folders in it; `undefined` if there are too many to remember. */
  readonly names: Set<string> | undefined;
}

/** Folders to open at once. Entries of the queue are processed in between. */
const FOLDERS_AT_ONCE = 50;

/** Above this number, the names in a folder are not remembered. */
const MAX_NAMES = 5_000;

/** Both halves of a rename, and a temporary file that replaces another, arrive within this time. */
const SETTLE_MS = 100;

/** A file that was created earlier than this is not new here: it was moved. */
const YOUNG_MS = 2_000;

/** Changes to process at once. */
const CHANGES_AT_ONCE = 1_000;

/**
 * Counts changes of the files in a tree: one system watch per folder, never per file. Does not
 * follow links. Adds folders that appear later. Best effort: an estimate, not an exact count.
 */
export class TreeWatcher {
  readonly #options: TreeWatcherOptions;
  readonly #folders = new Map<string, WatchedFolder>();
  readonly #changed = new Set<string>();
  #toOpen: string[];
  #isTruncated = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TreeWatcherOptions) {
    this.#options = options;
    this.#toOpen = [options.root];
  }

  /** Starts; adds the folders of the tree in small portions. */
  start(): void {
    this.#openSome();
  }

  get folders(): number {
    return this.#folders.size;
  }

  /** Whether folders were left out. */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  /** Whether the first pass through the tree is done. */
  get isReady(): boolean {
    return this.#toOpen.length === 0;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#options.release(this.#folders.size);
    this.#folders.clear();
    this.#toOpen = [];
  }

  #openSome(): void {
    if (this.#isClosed) return;
    for (let n = 0; n < FOLDERS_AT_ONCE; n += 1) {
      const path = this.#toOpen.shift();
      if (path === undefined) return;
      this.#open(path);
    }
    setImmediate(() => this.#openSome()).unref();
  }

  #open(path: string): void {
    if (this.#folders.has(path) || this.#isTruncated) return;
    if (!this.#options.reserve()) {
      this.#isTruncated = true;
      this.#toOpen = [];
      return;
    }
    const folder = this.#watch(path);
    if (folder === undefined) this.#options.release(1);
    else this.#folders.set(path, folder);
  }

  /**
   * Watches a folder. Sets the watch before it reads the folder, so that no change is missed in
   * between.
   */
  #watch(path: string): WatchedFolder | undefined {
    let watcher: FSWatcher;
    try {
      watcher = watch(path, { persistent: false }, (_event, name) => this.#note(path, name));
    } catch (error) {
      this.#refused(errnoOf(error));
      return undefined;
    }
    watcher.on('error', () => this.#forget(path));
    return { watcher, names: this.#look(path) };
  }

  #refused(errno: string): void {
    // The folder was deleted, or is unreadable.
    if (errno !== 'ENOSPC' && errno !== 'EMFILE') return;
    this.#isTruncated = true;
    this.#toOpen = [];
    this.#options.onTrouble(errno);
  }

  /** Returns the names in a folder, and queues its subfolders to be opened. */
  #look(path: string): Set<string> | undefined {
    const names = new Set<string>();
    try {
      const folder = opendirSync(path);
      try {
        for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
          if (this.#isLeftOut(path, entry.name)) continue;
          names.add(entry.name);
          if (entry.isDirectory()) this.#toOpen.push(`${path}/${entry.name}`);
        }
      } finally {
        folder.closeSync();
      }
    } catch {
      // Deleted or unreadable.
    }
    return names.size > MAX_NAMES ? undefined : names;
  }

  #note(path: string, name: string | null): void {
    if (name === null || this.#isLeftOut(path, name)) return;
    this.#changed.add(`${path}/${name}`);
    this.#timer ??= setTimeout(() => this.#settle(), SETTLE_MS).unref();
  }

  #isLeftOut(folder: string, name: string): boolean {
    const { ignored, excluded } = this.#options;
    return ignored.has(name) || `${folder}/${name}` === excluded;
  }

  #settle(): void {
    const changed = [...this.#changed].slice(0, CHANGES_AT_ONCE);
    for (const path of changed) this.#changed.delete(path);
    this.#timer =
      this.#changed.size === 0 ? undefined : setTimeout(() => this.#settle(), 1).unref();
    const seen = changed.flatMap((path) => this.#recheck(path) ?? []);
    for (const kind of classifyChanges(seen, this.#options.clock() - YOUNG_MS))
      this.#options.onChange(kind);
    this.#openSome();
  }

  /** Checks one path again, and whether it was known. Follows folders, does not count them. */
  #recheck(
    path: string,
  ): { readonly wasKnown: boolean | undefined; readonly bornAt: number | undefined } | undefined {
    const cut = path.lastIndexOf('/');
    const parent = this.#folders.get(path.slice(0, cut));
    if (parent === undefined) return undefined;
    const name = path.slice(cut + 1);
    const found = statOf(path);
    const wasKnown = parent.names?.has(name);
    if (found === undefined) parent.names?.delete(name);
    else parent.names?.add(name);
    if (found?.isDirectory()) {
      if (!this.#folders.has(path)) this.#addFolder(path);
      return undefined;
    }
    if (found === undefined && this.#folders.has(path)) {
      this.#forget(path);
      return undefined;
    }
    return { wasKnown, bornAt: found?.birthtimeMs };
  }

  /**
   * Adds a folder that appeared. Files that were in it before the watch are new, too, unless the
   * folder was moved here.
   */
  #addFolder(path: string): void {
    const isNew = (statOf(path)?.birthtimeMs ?? 0) >= this.#options.clock() - YOUNG_MS;
    this.#open(path);
    if (!isNew) this.#options.onChange('moved');
    const within = isNew ? this.#folders.get(path)?.names : undefined;
    for (const name of within ?? []) {
      if (statOf(`${path}/${name}`)?.isDirectory()) this.#addFolder(`${path}/${name}`);
      else this.#options.onChange('created');
    }
  }

  /** Forgets a deleted folder and everything below it. */
  #forget(path: string): void {
    for (const [known, { watcher }] of this.#folders) {
      if (known !== path && !known.startsWith(`${path}/`)) continue;
      watcher.close();
      this.#folders.delete(known);
      this.#options.release(1);
    }
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // Below an unreadable folder, or no folder any more.
  }
}

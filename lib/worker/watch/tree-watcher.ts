import { type FSWatcher, lstatSync, opendirSync, type Stats, watch } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import type { ChangeKind } from '../../features/context/table.ts';
import { settleChanges } from './settle-changes.ts';

export interface TreeWatcherOptions {
  readonly root: string;
  readonly clock: () => number;
  /** Names of files and folders that are ignored at any depth. */
  readonly ignored: ReadonlySet<string>;
  /** Path of a folder that is left out with all that is in it: what we write there is no work of the user's. */
  readonly apart: string;
  /** Takes one more folder into the bound that all trees share; `false` when it is reached. */
  readonly reserve: () => boolean;
  readonly release: (folders: number) => void;
  readonly onChange: (kind: ChangeKind) => void;
  /** The system refuses further watches (ENOSPC, EMFILE). */
  readonly onTrouble: (errno: string) => void;
}

interface WatchedFolder {
  readonly watcher: FSWatcher;
  /** Files and folders known to be in it; `undefined` where there are too many to remember. */
  readonly names: Set<string> | undefined;
}

/** Folders that are opened at one go: entries of the queue get their turn in between. */
const FOLDERS_AT_ONCE = 50;

/** From here on the names in a folder are not remembered. */
const MOST_NAMES = 5_000;

/** Both halves of a rename, and a temporary file that takes another's place, arrive within this time. */
const SETTLE_MS = 100;

/** What was made longer ago than this is not new here: it was moved. */
const YOUNG_MS = 2_000;

/** Changes that are looked at in one go. */
const CHANGES_AT_ONCE = 1_000;

/**
 * Counts what happens to the files in a tree: one system watch per folder, never per file; links are not followed. Folders that appear later are
 * taken in. Best effort: counts, not a ledger.
 */
export class TreeWatcher {
  readonly #options: TreeWatcherOptions;
  readonly #folders = new Map<string, WatchedFolder>();
  readonly #changed = new Set<string>();
  #toOpen: string[];
  #isCut = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TreeWatcherOptions) {
    this.#options = options;
    this.#toOpen = [options.root];
  }

  /** Begins; what the tree holds is taken in a few folders at a time. */
  start(): void {
    this.#openSome();
  }

  get folders(): number {
    return this.#folders.size;
  }

  /** Whether folders were left out. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Whether the first look through the tree is over. */
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
    if (this.#folders.has(path) || this.#isCut) return;
    if (!this.#options.reserve()) {
      this.#isCut = true;
      this.#toOpen = [];
      return;
    }
    const folder = this.#watch(path);
    if (folder === undefined) this.#options.release(1);
    else this.#folders.set(path, folder);
  }

  /** The watch comes before the look, so that nothing falls between the two. */
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
    if (errno !== 'ENOSPC' && errno !== 'EMFILE') return; // a folder that went away, or is not ours to read
    this.#isCut = true;
    this.#toOpen = [];
    this.#options.onTrouble(errno);
  }

  /** The names in a folder; the folders among them are opened next. */
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
      // it went away, or is not ours to read
    }
    return names.size > MOST_NAMES ? undefined : names;
  }

  #note(path: string, name: string | null): void {
    if (name === null || this.#isLeftOut(path, name)) return;
    this.#changed.add(`${path}/${name}`);
    this.#timer ??= setTimeout(() => this.#settle(), SETTLE_MS).unref();
  }

  #isLeftOut(folder: string, name: string): boolean {
    const { ignored, apart } = this.#options;
    return ignored.has(name) || `${folder}/${name}` === apart;
  }

  #settle(): void {
    const changed = [...this.#changed].slice(0, CHANGES_AT_ONCE);
    for (const path of changed) this.#changed.delete(path);
    this.#timer =
      this.#changed.size === 0 ? undefined : setTimeout(() => this.#settle(), 1).unref();
    const seen = changed.flatMap((path) => this.#seeAgain(path) ?? []);
    for (const kind of settleChanges(seen, this.#options.clock() - YOUNG_MS))
      this.#options.onChange(kind);
    this.#openSome();
  }

  /** What became of one path, and whether it was known; folders are followed, not counted. */
  #seeAgain(
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
      if (!this.#folders.has(path)) this.#takeIn(path);
      return undefined;
    }
    if (found === undefined && this.#folders.has(path)) {
      this.#forget(path);
      return undefined;
    }
    return { wasKnown, bornAt: found?.birthtimeMs };
  }

  /** A folder that appeared; files that were in it before anybody watched it are new, too, unless it was moved here with them. */
  #takeIn(path: string): void {
    const isNew = (statOf(path)?.birthtimeMs ?? 0) >= this.#options.clock() - YOUNG_MS;
    this.#open(path);
    if (!isNew) this.#options.onChange('moved');
    const within = isNew ? this.#folders.get(path)?.names : undefined;
    for (const name of within ?? []) {
      if (statOf(`${path}/${name}`)?.isDirectory()) this.#takeIn(`${path}/${name}`);
      else this.#options.onChange('created');
    }
  }

  /** Forgets a deleted folder and all below it. */
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
    return undefined; // behind a folder that is not ours to read, or no folder any more
  }
}

import { realpathSync } from 'node:fs';
import type { Log } from '../../core/log.ts';
import type { ChangeCount, ChangeKind, WatchedProject } from '../../features/context/table.ts';
import { TreeWatcher } from './tree-watcher.ts';

export interface ActivityWatchOptions {
  readonly clock: () => number;
  readonly log: Log;
  readonly settings: () => ActivitySettings;
  /** The state folder: changes in it do not count. */
  readonly excluded: string;
  /**
   * Counts are ready. Called from a timer or a file event, never from within {@link
   * ActivityWatch.watch}.
   */
  readonly onDue: () => void;
  /** Most folders of all trees together. @defaultValue `2_000` */
  readonly maxFolders?: number;
}

export interface ActivitySettings {
  readonly ignored: readonly string[];
  /** Quiet time after which counts are reported. */
  readonly debounceMs: number;
  /** This many changes within the window are a burst. */
  readonly threshold: number;
  readonly windowMs: number;
}

/** Each folder needs a watch of the system; a user has about ten thousand for all programs. */
const MAX_FOLDERS = 2_000;

const MINUTE_MS = 60_000;

interface Tree {
  readonly watcher: TreeWatcher;
  /** Times of the latest changes, at most as many as a burst needs. */
  latest: number[];
  trouble: string | null;
}

/**
 * Watches the folders of active sessions and counts file changes. Holds no watch and no timer if
 * there is nothing to watch.
 */
export class ActivityWatch {
  readonly #options: ActivityWatchOptions;
  readonly #trees = new Map<string, Tree>();
  readonly #counts = new Map<string, ChangeCount>();
  readonly #bursts = new Set<string>();
  #folders = 0;
  #hasSaidTrouble = false;
  #timer: NodeJS.Timeout | undefined;
  #firstAt = 0;
  #lastAt = 0;

  constructor(options: ActivityWatchOptions) {
    this.#options = options;
  }

  /** Watches exactly these folders from now on. */
  watch(projects: ReadonlySet<string>): void {
    for (const [project, { watcher, latest }] of this.#trees) {
      if (projects.has(project)) continue;
      watcher.close();
      latest.length = 0;
      this.#trees.delete(project);
    }
    for (const project of projects) if (!this.#trees.has(project)) this.#open(project);
    if (projects.size === 0) this.#rest();
  }

  /** Returns what is watched, for display. */
  watched(): readonly WatchedProject[] {
    return [...this.#trees].map(([project, { watcher, trouble }]) => ({
      project,
      folders: watcher.folders,
      isCut: watcher.isTruncated,
      trouble,
    }));
  }

  /** Returns the counts since the last call. */
  takeCounts(): readonly ChangeCount[] {
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    return counts;
  }

  /** Returns folders with so much activity that they should be checked at once. */
  takeBursts(): ReadonlySet<string> {
    const bursts = new Set(this.#bursts);
    this.#bursts.clear();
    return bursts;
  }

  close(): void {
    this.watch(new Set());
  }

  #open(project: string): void {
    const root = realPath(project);
    const excluded = realPath(this.#options.excluded) ?? this.#options.excluded;
    if (root === undefined || `${root}/`.startsWith(`${excluded}/`)) return;
    const watcher = new TreeWatcher({
      root,
      clock: this.#options.clock,
      ignored: new Set(this.#options.settings().ignored),
      excluded,
      reserve: () => this.#reserve(project),
      release: (folders) => {
        this.#folders -= folders;
      },
      onChange: (kind) => this.#count(project, kind),
      onTrouble: (errno) => this.#refused(project, errno),
    });
    this.#trees.set(project, { watcher, latest: [], trouble: null });
    watcher.start();
  }

  #reserve(project: string): boolean {
    const { maxFolders = MAX_FOLDERS, log } = this.#options;
    const isLeft = this.#folders < maxFolders;
    if (isLeft) this.#folders += 1;
    else
      log(
        'info',
        'WATCH_CUT',
        `Watching ${maxFolders} folders; the others of ${project} are left out`,
      );
    return isLeft;
  }

  #refused(project: string, errno: string): void {
    const tree = this.#trees.get(project);
    if (tree !== undefined) tree.trouble = errno;
    if (this.#hasSaidTrouble) return;
    this.#hasSaidTrouble = true;
    this.#options.log(
      'warn',
      'WATCH_LIMIT',
      `Cannot watch more folders (${errno}): file activity is counted in part`,
      { errno },
    );
  }

  #count(project: string, kind: ChangeKind): void {
    const now = this.#options.clock();
    const minute = now - (now % MINUTE_MS);
    const key = `${minute} ${kind} ${project}`;
    this.#counts.set(key, {
      project,
      minute,
      kind,
      count: (this.#counts.get(key)?.count ?? 0) + 1,
    });
    if (this.#isBurst(project, now)) {
      this.#bursts.add(project);
      this.#options.onDue();
    }
    this.#lastAt = now;
    if (this.#timer === undefined) {
      this.#firstAt = now;
      this.#wait(this.#options.settings().debounceMs);
    }
  }

  #isBurst(project: string, now: number): boolean {
    const { threshold, windowMs } = this.#options.settings();
    const tree = this.#trees.get(project);
    if (tree === undefined) return false;
    tree.latest = [...tree.latest.filter((at) => now - at < windowMs), now];
    if (tree.latest.length < threshold) return false;
    tree.latest = []; // The next burst needs as many again.
    return true;
  }

  /** Reports after a quiet time; under steady activity once per window. */
  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const { debounceMs, windowMs } = this.#options.settings();
      const now = this.#options.clock();
      const left = Math.min(this.#lastAt + debounceMs, this.#firstAt + windowMs) - now;
      if (left > 0) this.#wait(left);
      else if (this.#counts.size > 0) this.#options.onDue();
    }, ms).unref();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#bursts.clear();
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // A missing folder has no activity.
  }
}

import { type FSWatcher, statSync, watch } from 'node:fs';
import type { StateFolder } from '../core/state-folder.ts';
import { recoveryPaths } from '../queue/recovery-folder.ts';
import { listNames } from '../queue/pending-scan.ts';
import { PRIORITIES, type QueueFolder } from '../queue/queue-folder.ts';

export interface StillnessParts {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  readonly clock: () => number;
  /** Id of this worker. */
  readonly me: () => string;
  /** Files and folders outside the queue whose change means work: transcripts, watched logs. */
  readonly paths: () => readonly string[];
  /** Called when something is moved into a priority folder, with or without a ring. */
  readonly onEntry: () => void;
}

/** Sessions whose notes are compared; older ones are left to the full turn. */
const RECENT_MS = 60 * 60 * 1000;
const MOST_SESSIONS = 256;

/** Notices whether anything changed since the last full turn of the worker, at the price of some `stat` calls. */
export class Stillness {
  readonly #parts: StillnessParts;
  #watchers: readonly FSWatcher[] = [];
  #paths: readonly string[] = [];
  #seen = '';

  constructor(parts: StillnessParts) {
    this.#parts = parts;
  }

  /** Remembers how everything looks. @returns whether the worker may sleep on as long as {@link holds} says so. */
  begin(): boolean {
    this.#watch();
    this.#paths = this.#pathsToCompare();
    this.#seen = looksOf(this.#paths);
    return !this.hasWork(); // asked last: from here on a watch notices new work, or it changes the looks
  }

  /** Whether nothing changed since {@link begin}. */
  holds(): boolean {
    return looksOf(this.#paths) === this.#seen;
  }

  end(): void {
    for (const watcher of this.#watchers) {
      watcher.removeAllListeners();
      watcher.close();
    }
    this.#watchers = [];
  }

  /** Whether an entry waits, or another worker holds a folder: if that one is dead, its entries are to be returned soon. */
  hasWork(): boolean {
    const { queue, me } = this.#parts;
    return (
      listNames(queue.processing).some((worker) => worker !== me()) ||
      listNames(`${queue.processing}/${me()}`).length > 0 ||
      this.#priorityFolders().some((folder) => listNames(folder).length > 0) ||
      listNames(queue.pending).length > PRIORITIES.length
    );
  }

  /** A watch on `pending/` does not notice moves into the folders below it. Only an idle worker needs them: others scan. */
  #watch(): void {
    this.end();
    this.#watchers = this.#priorityFolders().flatMap((folder) => {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#parts.onEntry());
        watcher.on('error', () => watcher.close());
        return [watcher];
      } catch {
        return []; // not there, or no watches left: the next look finds what was moved in
      }
    });
  }

  #priorityFolders(): readonly string[] {
    return PRIORITIES.map((priority) => `${this.#parts.queue.pending}/${priority}`);
  }

  #pathsToCompare(): readonly string[] {
    const { folder, queue, paths } = this.#parts;
    return [
      folder.root,
      folder.configFile,
      folder.wake,
      folder.heartbeat,
      ...recoveryPaths(folder.recovery),
      folder.store,
      `${folder.store}-wal`,
      `${folder.root}/handlers`,
      `${folder.root}/webhooks.json`,
      folder.throttle,
      ...this.#sessionNotes(),
      queue.pending,
      ...this.#priorityFolders(),
      queue.delayed,
      queue.dead,
      queue.processing,
      `${queue.processing}/${this.#parts.me()}`,
      ...paths(),
    ];
  }

  /** What hooks write down before they enqueue, or when they do not. */
  #sessionNotes(): readonly string[] {
    const { folder, clock } = this.#parts;
    const notes = listNames(folder.throttle).flatMap((session) => {
      const path = `${folder.throttle}/${session}`;
      const at = statSync(`${path}/ops`, { throwIfNoEntry: false })?.mtimeMs;
      return at === undefined || Math.abs(clock() - at) > RECENT_MS ? [] : [{ path, at }];
    });
    return notes
      .toSorted((a, b) => b.at - a.at)
      .slice(0, MOST_SESSIONS)
      .flatMap(({ path }) => [`${path}/ops`, `${path}/captured`]);
  }
}

function looksOf(paths: readonly string[]): string {
  return paths.map(lookOf).join('\n');
}

function lookOf(path: string): string {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
  } catch (error) {
    return String(error);
  }
}

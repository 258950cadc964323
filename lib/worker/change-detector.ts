import { type FSWatcher, statSync, watch } from 'node:fs';
import type { StateFolder } from '../core/state-folder.ts';
import { listRecoveryPaths } from '../queue/recovery-folder.ts';
import { listNames } from '../queue/pending-scan.ts';
import { PRIORITIES, type QueueFolder } from '../queue/queue-folder.ts';

export interface ChangeDetectorParts {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  readonly clock: () => number;
  /** Returns the id of this worker. */
  readonly me: () => string;
  /** Files and folders outside the queue whose change means work: transcripts, watched logs. */
  readonly paths: () => readonly string[];
  /** Called when a file is moved into a priority folder, with or without a ring. */
  readonly onEntry: () => void;
}

/** Age of sessions whose notes are compared. Older ones are left to the full loop. */
const RECENT_MS = 60 * 60 * 1000;
const MAX_SESSIONS = 256;

/**
 * Detects whether anything changed since the worker's last full loop, at the cost of a few `stat`
 * calls.
 */
export class ChangeDetector {
  readonly #parts: ChangeDetectorParts;
  #watchers: readonly FSWatcher[] = [];
  #paths: readonly string[] = [];
  #seen: string | undefined;

  constructor(parts: ChangeDetectorParts) {
    this.#parts = parts;
  }

  /** Whether a state is recorded. */
  get hasBegun(): boolean {
    return this.#seen !== undefined;
  }

  /**
   * Records the current state, unless there is work. From then on, a watch reports new work, or it
   * changes the recorded state.
   * @returns whether it is recorded. The worker may sleep while {@link isUnchanged} returns true
   * after a full loop, which finds what changed before.
   */
  begin(): boolean {
    this.#watch();
    this.#paths = this.#pathsToCompare();
    this.#seen = describePaths(this.#paths);
    if (this.hasWork()) this.end();
    return this.hasBegun;
  }

  /** Whether nothing changed since {@link begin}. */
  isUnchanged(): boolean {
    return describePaths(this.#paths) === this.#seen;
  }

  /** Forgets the recorded state, and stops watching. */
  end(): void {
    this.#seen = undefined;
    for (const watcher of this.#watchers) {
      watcher.removeAllListeners();
      watcher.close();
    }
    this.#watchers = [];
  }

  /**
   * Whether an entry waits, or another worker has a folder in `processing/`: if that worker is
   * dead, its entries must be returned soon.
   */
  hasWork(): boolean {
    const { queue, me } = this.#parts;
    return (
      listNames(queue.processing).some((worker) => worker !== me()) ||
      listNames(`${queue.processing}/${me()}`).length > 0 ||
      this.#priorityFolders().some((folder) => listNames(folder).length > 0) ||
      listNames(queue.pending).length > PRIORITIES.length
    );
  }

  /**
   * Watches the folders below `pending/`, because a watch on `pending/` does not report moves into
   * them. Only an idle worker needs this: others scan.
   */
  #watch(): void {
    this.end();
    this.#watchers = this.#priorityFolders().flatMap((folder) => {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#parts.onEntry());
        watcher.on('error', () => watcher.close());
        return [watcher];
      } catch {
        return []; // Missing, or no watches left: the next check finds what was moved in.
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
      ...listRecoveryPaths(folder.recovery),
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

  /** Returns the files that hooks write before they enqueue, or if they do not enqueue. */
  #sessionNotes(): readonly string[] {
    const { folder, clock } = this.#parts;
    const notes = listNames(folder.throttle).flatMap((session) => {
      const path = `${folder.throttle}/${session}`;
      const at = statSync(`${path}/ops`, { throwIfNoEntry: false })?.mtimeMs;
      return at === undefined || Math.abs(clock() - at) > RECENT_MS ? [] : [{ path, at }];
    });
    return notes
      .toSorted((a, b) => b.at - a.at)
      .slice(0, MAX_SESSIONS)
      .flatMap(({ path }) => [`${path}/ops`, `${path}/captured`]);
  }
}

function describePaths(paths: readonly string[]): string {
  return paths.map(describePath).join('\n');
}

function describePath(path: string): string {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
  } catch (error) {
    return String(error);
  }
}

import { reasonOf } from '../../core/errors.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import type { Log } from '../../core/log.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { readLog, type WatchedLog } from '../../features/watched-log/read-log.ts';
import type { Database } from '../../store/database.ts';
import { storeFaultOf } from '../../store/store-fault.ts';
import { FolderWatcher } from './folder-watcher.ts';

export interface LogFollowerParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly log: Log;
  readonly database: () => Database | undefined;
  /** Returns the absolute paths in the settings. */
  readonly watchedLogs: () => readonly string[];
  /**
   * Makes an event durable.
   * @throws if the queue refuses it.
   */
  readonly deliver: (event: EventEnvelope) => void;
  /** Wakes the worker: the queue has a new entry. */
  readonly ring: () => void;
  /** Whether the queue is so long that the logs should wait. */
  readonly isQueueDeep: () => boolean;
}

/** Lines that are written together are read together. */
const DEBOUNCE_MS = 20;

/** Pause while the queue is full of what a long log has added. */
const DEEP_QUEUE_MS = 250;

/** Reads watched logs: at once when they change, and at each poll. */
export class LogFollower {
  readonly #parts: LogFollowerParts;
  readonly #watcher = new FolderWatcher((path) => this.#changed(path));
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #readAt = new Map<string, number>();
  #logs: ReadonlyMap<string, WatchedLog> = new Map();
  readonly #refused = new Set<string>();

  constructor(parts: LogFollowerParts) {
    this.#parts = parts;
  }

  /** Applies the current settings, watches logs that exist by now, and reads new lines. */
  poll(): void {
    this.#logs = new Map(this.#wanted().map((log) => [log.path, log]));
    this.#watcher.watch([...this.#logs.keys()]);
    for (const path of this.#logs.keys()) this.#read(path);
  }

  /** Returns the paths of the logs that it reads. */
  paths(): readonly string[] {
    return [...this.#logs.keys()];
  }

  stop(): void {
    this.#watcher.stop();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #wanted(): readonly WatchedLog[] {
    const { folder, watchedLogs, log } = this.#parts;
    const own: readonly WatchedLog[] = [
      { path: `${folder.log}/failures.log`, kind: 'failures' },
      { path: `${folder.log}/policy-hits.log`, kind: 'policy' },
    ];
    const named = watchedLogs().filter((path) => {
      const isUsable = path.startsWith('/') && path !== `${folder.log}/worker.log`;
      if (!isUsable && !this.#refused.has(path))
        log(
          'warn',
          'CONFIG_INVALID',
          `Cannot watch ${path}: ${path.startsWith('/') ? 'it is our own log' : 'not an absolute path'}`,
        );
      if (!isUsable) this.#refused.add(path);
      return isUsable;
    });
    return [
      ...own,
      ...named
        .filter((path) => own.every((log) => log.path !== path))
        .map((path) => ({ path, kind: 'failures' }) as const),
    ];
  }

  /** Handles the first change at once, and the following ones together. */
  #changed(path: string): void {
    if (this.#timers.has(path)) return;
    const since = performance.now() - (this.#readAt.get(path) ?? Number.NEGATIVE_INFINITY);
    if (since >= DEBOUNCE_MS) this.#read(path);
    else this.#readAfter(path, DEBOUNCE_MS - since);
  }

  #readAfter(path: string, ms: number): void {
    if (this.#timers.has(path)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(path);
      this.#read(path);
    }, ms);
    timer.unref();
    this.#timers.set(path, timer);
  }

  #read(path: string): void {
    const { database, clock, deliver, ring, log, isQueueDeep } = this.#parts;
    const watched = this.#logs.get(path);
    if (watched === undefined) return;
    this.#readAt.set(path, performance.now());
    try {
      const store = database();
      if (store === undefined) return; // No store: the lines wait in the log.
      if (isQueueDeep()) {
        this.#readAfter(path, DEEP_QUEUE_MS);
        return;
      }
      const { events, skipped, more } = readLog(store, watched, { now: clock(), deliver });
      if (skipped > 0)
        log('warn', 'LOG_LINE_SKIPPED', `A line of ${path} was too long and was skipped`);
      if (events > 0) ring();
      if (more) this.#readAfter(path, 0);
    } catch (error) {
      if (storeFaultOf(error) === undefined)
        log('error', 'LOG_UNREAD', `Cannot read further in ${path}: ${reasonOf(error)}`);
    }
  }
}

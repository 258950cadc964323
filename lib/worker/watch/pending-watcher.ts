import { type FSWatcher, watch } from 'node:fs';
import { inodeOf } from '../../core/files.ts';

export interface PendingWatcherOptions {
  readonly folder: string;
  readonly maxRestarts: () => number;
  readonly onChange: () => void;
  /** Called once, after the last restart failed. */
  readonly onLost: (reason: string) => void;
}

/**
 * Reports files that are moved into `pending/` without a ring. Best effort: the safety scan finds
 * the rest.
 */
export class PendingWatcher {
  readonly #options: PendingWatcherOptions;
  #watcher: FSWatcher | undefined;
  #inode = 0;
  #restarts = 0;
  #events = 0;

  constructor(options: PendingWatcherOptions) {
    this.#options = options;
  }

  get isAlive(): boolean {
    return this.#watcher !== undefined;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get events(): number {
    return this.#events;
  }

  /** Watches again if another folder of the same name replaced it. */
  check(): void {
    if (this.#watcher !== undefined && inodeOf(this.#options.folder) !== this.#inode)
      this.#restart('the watched folder was replaced');
  }

  start(): void {
    try {
      this.#inode = inodeOf(this.#options.folder);
      const watcher = watch(this.#options.folder, { persistent: false }, () => {
        this.#events += 1;
        this.#options.onChange();
      });
      watcher.on('error', (error) => this.#restart(error.message));
      watcher.on('close', () => this.#restart('it was closed'));
      this.#watcher = watcher;
    } catch (error) {
      this.#restart(error instanceof Error ? error.message : String(error));
    }
  }

  stop(): void {
    const watcher = this.#watcher;
    this.#watcher = undefined;
    watcher?.removeAllListeners();
    watcher?.close();
  }

  #restart(reason: string): void {
    this.stop();
    if (this.#restarts >= this.#options.maxRestarts()) {
      this.#options.onLost(reason);
      return;
    }
    this.#restarts += 1;
    this.start();
  }
}

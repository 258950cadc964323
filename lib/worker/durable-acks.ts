import { closeSync, existsSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf, reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { ClaimedEntry } from '../queue/claimed-entry.ts';
import { ack } from '../queue/acknowledge.ts';

/** Only fsync runs in another thread: opening and closing there would cost more. */
const syncFile = promisify(fsync);

export interface DurableAcksOptions {
  /** `waymark.db`; its log is `waymark.db-wal`. */
  readonly store: string;
  readonly log: Log;
}

/**
 * Acknowledges entries after their commit is on the disk. The store commits without waiting for the
 * disk (`synchronous=NORMAL`); one fsync of its log, beside the next batch, covers all earlier
 * commits, and only then are the entries deleted. After a power cut in between, the entries return,
 * and their ids prevent a second effect.
 */
export class DurableAcks {
  readonly #options: DurableAcksOptions;
  #waiting: ClaimedEntry[] = [];
  #running: Promise<void> | undefined;

  constructor(options: DurableAcksOptions) {
    this.#options = options;
  }

  /** Returns how many committed entries wait for the disk. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Adds entries whose transaction is committed. */
  add(entries: readonly ClaimedEntry[]): void {
    this.#waiting.push(...entries);
    if (this.#waiting.length > 0) this.#running ??= this.#run();
  }

  /** Resolves when nothing waits any more. */
  async whenDrained(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const entries = this.#waiting;
      this.#waiting = [];
      try {
        await this.#sync();
        for (const entry of entries) ack(entry);
      } catch (error) {
        // They stay with this worker and return when it ends: committed, but perhaps not on the
        // disk.
        this.#options.log(
          'error',
          'ACK_POSTPONED',
          `Cannot acknowledge ${entries.length} entries: ${reasonOf(error)}`,
        );
      }
    }
    this.#running = undefined;
  }

  async #sync(): Promise<void> {
    const file = this.#openLog();
    if (file === undefined) return;
    try {
      await syncFile(file);
    } finally {
      closeSync(file);
    }
  }

  /**
   * Opens the write-ahead log. If there is none, everything is in the store itself, which SQLite
   * synced when it emptied the log. Never opens the store's own file: closing any descriptor of it
   * would drop SQLite's locks on it in this process.
   */
  #openLog(): number | undefined {
    try {
      return openSync(`${this.#options.store}-wal`, 'r');
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || !existsSync(this.#options.store)) throw error;
      return undefined;
    }
  }
}

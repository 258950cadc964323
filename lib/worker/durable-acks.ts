import { closeSync, existsSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf, reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { ClaimedEntry } from '../queue/claimed-entry.ts';
import { ack } from '../queue/settle.ts';

/** The one call that waits for the disk: opening and closing would cost more in a thread of their own. */
const syncFile = promisify(fsync);

export interface DurableAcksOptions {
  /** `waymark.db`; its log is `waymark.db-wal`. */
  readonly store: string;
  readonly log: Log;
}

/**
 * Acknowledges entries once their commit is on the disk. The store commits without waiting for the disk (`synchronous=NORMAL`); one fsync
 * of its log, beside the next batch, then covers every commit before it, and only after that are the entries unlinked. A power cut in between
 * brings the entries back, and their ids keep them from counting twice.
 */
export class DurableAcks {
  readonly #options: DurableAcksOptions;
  #waiting: ClaimedEntry[] = [];
  #running: Promise<void> | undefined;

  constructor(options: DurableAcksOptions) {
    this.#options = options;
  }

  /** How many committed entries still wait for the disk. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Takes entries whose transaction is committed. */
  add(entries: readonly ClaimedEntry[]): void {
    this.#waiting.push(...entries);
    if (this.#waiting.length > 0) this.#running ??= this.#run();
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
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
        // they stay with this worker and come back when it ends: committed, but perhaps not on the disk
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
   * Without a log everything is in the store itself, which SQLite has synced when it emptied the log. The store's own file is never opened here:
   * closing any descriptor of it would drop the locks that SQLite holds on it in this process.
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

import { renameSync } from 'node:fs';
import type { EventStamp } from '../events/event-id.ts';
import { errnoOf } from '../core/errors.ts';
import { adoptForeign } from './adopt-foreign.ts';
import type { ClaimedEntry } from './claimed-entry.ts';
import { formatEntryName } from './entry-name.ts';
import type { SeenEntry } from './pending-scan.ts';
import { PendingView } from './pending-view.ts';
import { PRIORITIES, type QueueFolder, URGENT } from './queue-folder.ts';

export interface ClaimerOptions {
  readonly queue: QueueFolder;
  /** `processing/<worker>`; it must exist. */
  readonly holding: string;
  readonly batchSize: () => number;
  readonly sizeCap: () => number;
  /** The longest that an entry is ever delayed, in milliseconds: a time further ahead was written by a wrong clock. */
  readonly longestDelay: () => number;
  readonly clock: () => number;
  readonly nextStamp: () => EventStamp;
  /** 0 to 1; left out: `Math.random`. */
  readonly random?: () => number;
}

/** Hands out claimed entries: urgent first, then oldest first. */
export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #view: PendingView;
  #faults: unknown[] = [];
  #creditForRetries = 0;
  #hasAdopted = false;
  #isWaiting = false;

  constructor(options: ClaimerOptions) {
    this.#options = options;
    this.#view = new PendingView(options.queue, options.random ?? Math.random);
  }

  /** Whether a foreign file waits for its writer to be done: no ring will come for it. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Whether the last scan found more entries than were claimed since. */
  get hasMore(): boolean {
    return this.#view.hasFresh;
  }

  /**
   * The next batch of fresh entries, or a single entry that was tried before; empty when nothing is claimable now.
   * @throws the errno of a move that failed, if nothing else could be claimed: an entry that cannot move stops no other.
   */
  next(): readonly ClaimedEntry[] {
    this.#faults = [];
    for (;;) {
      const looksEverywhere = this.#view.isEaten; // what an older scan saw may all be taken by others, and new entries may have come since
      const claimed = this.#takeTurns();
      if (claimed.length > 0) return claimed;
      if (looksEverywhere && this.#faults.length > 0) throw this.#faults[0];
      if (looksEverywhere) return [];
    }
  }

  /** Forgets what it saw; the next call scans everything. */
  forget(): void {
    this.#view.forget();
  }

  /** A heap of foreign files and our own entries take turns. */
  #takeTurns(): readonly ClaimedEntry[] {
    const { clock, longestDelay } = this.#options;
    this.#view.refresh(clock(), longestDelay());
    for (const isAdoption of this.#hasAdopted ? [false, true] : [true, false]) {
      const claimed = isAdoption ? this.#adopt() : this.#takeOwn();
      this.#hasAdopted = isAdoption && claimed.length > 0;
      if (claimed.length > 0) return claimed;
    }
    return [];
  }

  #adopt(): readonly ClaimedEntry[] {
    const { holding, nextStamp, batchSize, sizeCap, clock } = this.#options;
    const parts = { holding, sizeCap: sizeCap(), now: clock(), nextStamp };
    this.#isWaiting = false;
    return this.#collect(
      batchSize(),
      () => this.#view.takeStranger(),
      (path) => {
        const entry = adoptForeign(path, parts);
        this.#isWaiting ||= entry === undefined;
        return entry;
      },
    );
  }

  #takeOwn(): readonly ClaimedEntry[] {
    const view = this.#view;
    const { batchSize, holding } = this.#options;
    if (!view.hasFresh || this.#creditForRetries >= 1) {
      this.#creditForRetries = Math.max(0, this.#creditForRetries - 1);
      const retried = this.#collect(
        1,
        () => view.takeRetry(),
        (seen) => claim(seen, holding),
      );
      if (retried.length > 0) return retried;
    }
    let priorities: readonly number[] = PRIORITIES;
    const batch = this.#collect(
      batchSize(),
      () => {
        const seen = view.takeFresh(priorities);
        if (seen !== undefined && URGENT.includes(seen.name.priority)) priorities = URGENT; // its commit does not wait for a backlog to come along
        return seen;
      },
      (seen) => this.#claimFresh(seen),
    );
    this.#creditForRetries = Math.min(batchSize(), this.#creditForRetries + batch.length / 2); // entries tried before never take more than half of the work
    return batch;
  }

  #claimFresh(seen: SeenEntry): ClaimedEntry | undefined {
    const claimed = claim(seen, this.#options.holding);
    if (claimed === undefined) this.#view.lost(seen);
    return claimed;
  }

  /** What is claimed already must reach the caller: a failed move is kept for later and the next entry is tried. */
  #collect<T>(
    most: number,
    take: () => T | undefined,
    claimOne: (seen: T) => ClaimedEntry | undefined,
  ): readonly ClaimedEntry[] {
    const claimed: ClaimedEntry[] = [];
    const allowed = this.#faults.length + most;
    while (claimed.length + this.#faults.length < allowed) {
      const seen = take();
      if (seen === undefined) break;
      try {
        const entry = claimOne(seen);
        if (entry !== undefined) claimed.push(entry);
      } catch (error) {
        this.#faults.push(error);
      }
    }
    return claimed;
  }
}

/** One rename: the worker that succeeds holds the entry. It counts the attempt now, so that an entry which kills its worker counts, too. */
function claim(entry: SeenEntry, holding: string): ClaimedEntry | undefined {
  const name = { ...entry.name, attempts: entry.name.attempts + 1 };
  const path = `${holding}/${formatEntryName(name)}`;
  try {
    renameSync(entry.path, path);
    return { name, path };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined; // another worker won
    throw error;
  }
}

import { renameSync } from 'node:fs';
import type { EventStamp } from '../events/event-id.ts';
import { errnoOf } from '../core/errors.ts';
import { claimForeign } from './claim-foreign.ts';
import type { ClaimedEntry } from './claimed-entry.ts';
import { formatEntryName } from './entry-name.ts';
import type { SeenEntry } from './pending-scan.ts';
import { PendingView } from './pending-view.ts';
import { PRIORITIES, type QueueFolder, URGENT_PRIORITIES } from './queue-folder.ts';

export interface ClaimerOptions {
  readonly queue: QueueFolder;
  /** `processing/<worker>`; must exist. */
  readonly holding: string;
  readonly batchSize: () => number;
  readonly sizeCap: () => number;
  /**
   * The longest possible delay of an entry, in milliseconds. A due time further ahead was written
   * by a wrong clock.
   */
  readonly longestDelay: () => number;
  readonly clock: () => number;
  readonly nextStamp: () => EventStamp;
  /** 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/** Claims entries: urgent first, then oldest first. */
export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #view: PendingView;
  #faults: unknown[] = [];
  #creditForRetries = 0;
  #hasAdopted = false;
  #hasUnfinishedFile = false;

  constructor(options: ClaimerOptions) {
    this.#options = options;
    this.#view = new PendingView(options.queue, options.random ?? Math.random);
  }

  /** Whether a foreign file is still being written. No ring announces when it is complete. */
  get hasUnfinishedFile(): boolean {
    return this.#hasUnfinishedFile;
  }

  /** Whether the last scan found more entries than were claimed since. */
  get hasMore(): boolean {
    return this.#view.hasFresh;
  }

  /**
   * Claims the next batch of untried entries, or a single entry that was tried before. Returns none
   * if nothing can be claimed now.
   * @throws the errno of a failed move, if nothing else could be claimed: an entry that cannot be
   * moved does not block the others.
   */
  next(): readonly ClaimedEntry[] {
    this.#faults = [];
    for (;;) {
      // Other workers may have taken everything that an older scan saw, and new entries may exist.
      const scansEverything = this.#view.isUsedUp;
      const claimed = this.#alternate();
      if (claimed.length > 0) return claimed;
      if (scansEverything && this.#faults.length > 0) throw this.#faults[0];
      if (scansEverything) return [];
    }
  }

  /** Discards the last scan; the next call scans everything. */
  forget(): void {
    this.#view.forget();
  }

  /**
   * Alternates between foreign files and our own entries, so that many foreign files do not block
   * the others.
   */
  #alternate(): readonly ClaimedEntry[] {
    const { clock, longestDelay } = this.#options;
    this.#view.refresh(clock(), longestDelay());
    for (const isAdoption of this.#hasAdopted ? [false, true] : [true, false]) {
      const claimed = isAdoption ? this.#claimForeign() : this.#takeOwn();
      this.#hasAdopted = isAdoption && claimed.length > 0;
      if (claimed.length > 0) return claimed;
    }
    return [];
  }

  #claimForeign(): readonly ClaimedEntry[] {
    const { holding, nextStamp, batchSize, sizeCap, clock } = this.#options;
    const parts = { holding, sizeCap: sizeCap(), now: clock(), nextStamp };
    this.#hasUnfinishedFile = false;
    return this.#collect(
      batchSize(),
      () => this.#view.takeForeign(),
      (path) => {
        const entry = claimForeign(path, parts);
        this.#hasUnfinishedFile ||= entry === undefined;
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
        // An urgent commit does not wait for a backlog to join it.
        if (seen !== undefined && URGENT_PRIORITIES.includes(seen.name.priority))
          priorities = URGENT_PRIORITIES;
        return seen;
      },
      (seen) => this.#claimFresh(seen),
    );
    // Retries get at most half of the work.
    this.#creditForRetries = Math.min(batchSize(), this.#creditForRetries + batch.length / 2);
    return batch;
  }

  #claimFresh(seen: SeenEntry): ClaimedEntry | undefined {
    const claimed = claim(seen, this.#options.holding);
    if (claimed === undefined) this.#view.leaveToOther(seen);
    return claimed;
  }

  /**
   * Collects claimed items. A failed move is kept for later and the next entry is tried, so that
   * everything already claimed reaches the caller.
   */
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

/**
 * Claims an entry with one rename: the worker whose rename succeeds holds it. The rename also
 * counts the attempt, so that an entry that crashes its worker is counted.
 */
function claim(entry: SeenEntry, holding: string): ClaimedEntry | undefined {
  const name = { ...entry.name, attempts: entry.name.attempts + 1 };
  const path = `${holding}/${formatEntryName(name)}`;
  try {
    renameSync(entry.path, path);
    return { name, path };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined; // Another worker was first.
    throw error;
  }
}

import { renameSync } from 'node:fs';
import type { EventStamp } from '../core/event-id.ts';
import { errnoOf } from '../core/errors.ts';
import { adoptForeign } from './adopt-foreign.ts';
import type { ClaimedEntry } from './claimed-entry.ts';
import { formatEntryName } from './entry-name.ts';
import type { SeenEntry } from './pending-scan.ts';
import { PendingView } from './pending-view.ts';
import type { QueueFolder } from './queue-folder.ts';

export interface ClaimerOptions {
  readonly queue: QueueFolder;
  /** `processing/<worker>`; it must exist. */
  readonly holding: string;
  readonly batchSize: () => number;
  readonly sizeCap: () => number;
  /** The longest that an entry is ever delayed, in milliseconds; left out: any time ahead is believed. */
  readonly longestDelay?: () => number;
  readonly clock: () => number;
  readonly nextStamp: () => EventStamp;
  /** 0 to 1; left out: `Math.random`. */
  readonly random?: () => number;
}

/** Hands out claimed entries: urgent first, then oldest first. */
export interface Claimer {
  /**
   * The next batch of fresh entries, or a single entry that was tried before; empty when nothing is claimable now.
   * @throws the errno of a move that failed, if nothing else could be claimed: an entry that cannot move stops no other.
   */
  next(): readonly ClaimedEntry[];
  /** Whether a foreign file waits for its writer to be done: no ring will come for it. */
  readonly isWaiting: boolean;
  /** Forgets what it saw; the next call scans everything. */
  forget(): void;
}

export function openClaimer(options: ClaimerOptions): Claimer {
  const view = new PendingView(options.queue, options.random ?? Math.random);
  const faults: unknown[] = [];
  let creditForRetries = 0;
  let hasAdopted = false;
  let isWaiting = false;

  /** What is claimed already must reach the caller: a failed move is kept for later and the next entry is tried. */
  const collect = <T>(most: number, take: () => T | undefined, claimOne: (seen: T) => ClaimedEntry | undefined): readonly ClaimedEntry[] => {
    const claimed: ClaimedEntry[] = [];
    const allowed = faults.length + most;
    while (claimed.length + faults.length < allowed) {
      const seen = take();
      if (seen === undefined) break;
      try {
        const entry = claimOne(seen);
        if (entry !== undefined) claimed.push(entry);
      } catch (error) {
        faults.push(error);
      }
    }
    return claimed;
  };

  const claimOne = (seen: SeenEntry): ClaimedEntry | undefined => claim(seen, options.holding);

  const claimFresh = (seen: SeenEntry): ClaimedEntry | undefined => {
    const claimed = claimOne(seen);
    if (claimed === undefined) view.lost(seen);
    return claimed;
  };

  const adopt = (): readonly ClaimedEntry[] => {
    const { holding, nextStamp } = options;
    const parts = { holding, sizeCap: options.sizeCap(), now: options.clock(), nextStamp };
    isWaiting = false;
    return collect(
      options.batchSize(),
      () => view.takeStranger(),
      (path) => {
        const entry = adoptForeign(path, parts);
        isWaiting ||= entry === undefined;
        return entry;
      },
    );
  };

  const takeOwn = (): readonly ClaimedEntry[] => {
    if (!view.hasFresh || creditForRetries >= 1) {
      creditForRetries = Math.max(0, creditForRetries - 1);
      const retried = collect(1, () => view.takeRetry(), claimOne);
      if (retried.length > 0) return retried;
    }
    const batch = collect(options.batchSize(), () => view.takeFresh(), claimFresh);
    creditForRetries = Math.min(options.batchSize(), creditForRetries + batch.length / 2); // entries tried before never take more than half of the work
    return batch;
  };

  /** A heap of foreign files and our own entries take turns. */
  const takeTurns = (): readonly ClaimedEntry[] => {
    view.refresh(options.clock(), options.longestDelay?.() ?? Number.POSITIVE_INFINITY);
    for (const turn of hasAdopted ? [takeOwn, adopt] : [adopt, takeOwn]) {
      const claimed = turn();
      hasAdopted = turn === adopt && claimed.length > 0;
      if (claimed.length > 0) return claimed;
    }
    return [];
  };

  return {
    get isWaiting() {
      return isWaiting;
    },
    next() {
      faults.length = 0;
      for (;;) {
        const looksEverywhere = view.isEaten; // what an older scan saw may all be taken by others, and new entries may have come since
        const claimed = takeTurns();
        if (claimed.length > 0) return claimed;
        if (looksEverywhere && faults.length > 0) throw faults[0];
        if (looksEverywhere) return [];
      }
    },
    forget: () => view.forget(),
  };
}

/** One rename: whoever succeeds holds the entry. The attempt is counted here, so that an entry which kills its worker is counted too. */
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

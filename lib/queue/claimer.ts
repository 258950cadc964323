import { renameSync } from 'node:fs';
import type { EventStamp } from '../core/event-id.ts';
import { errnoOf } from '../core/errors.ts';
import { adoptForeign } from './adopt-foreign.ts';
import type { ClaimedEntry } from './claimed-entry.ts';
import { formatEntryName } from './entry-name.ts';
import { scanDelayed, scanForeign, scanPriority, type SeenEntry } from './pending-scan.ts';
import { PRIORITIES, type QueueFolder } from './queue-folder.ts';

export interface ClaimerOptions {
  readonly queue: QueueFolder;
  /** `processing/<worker>`; it must exist. */
  readonly holding: string;
  readonly batchSize: () => number;
  readonly sizeCap: () => number;
  readonly clock: () => number;
  readonly nextStamp: () => EventStamp;
}

/** Every eighth slot goes to the oldest entry, whatever its priority: nothing waits for ever behind a busy priority. */
const FAIR_SLOT = 8;

/**
 * Hands out claimed entries: urgent first, then oldest first. Each priority folder is scanned once and eaten from; folders
 * above the one being eaten are looked at again before each batch, so an urgent entry passes any backlog.
 */
export interface Claimer {
  /** The next batch of fresh entries, or a single entry that was tried before; empty when nothing is claimable now. */
  next(): readonly ClaimedEntry[];
  /** Whether a foreign file waits for its writer to be done: no ring will come for it. */
  readonly isWaiting: boolean;
  /** Forgets what it saw; the next call scans everything. */
  forget(): void;
}

export function openClaimer(options: ClaimerOptions): Claimer {
  const seen = new Map<number, SeenEntry[]>();
  let retries: SeenEntry[] = [];
  let slot = 0;
  let creditForRetries = 0;
  let isWaiting = false;

  const rescan = (): readonly ClaimedEntry[] => {
    const strangers: string[] = [...scanForeign(options.queue)];
    const triedBefore: SeenEntry[] = [];
    for (const priority of PRIORITIES) {
      if ((seen.get(priority)?.length ?? 0) > 0) continue;
      const found = scanPriority(options.queue, priority);
      strangers.push(...found.strangers);
      seen.set(priority, found.entries.filter((entry) => entry.name.attempts === 0).reverse());
      triedBefore.push(...found.entries.filter((entry) => entry.name.attempts > 0));
    }
    if (retries.length === 0) retries = [...triedBefore, ...scanDelayed(options.queue, options.clock())].sort(lowestAttemptsLast);
    return adoptAll(strangers);
  };

  const adoptAll = (paths: readonly string[]): readonly ClaimedEntry[] => {
    const adopt = { holding: options.holding, sizeCap: options.sizeCap(), now: options.clock(), nextStamp: options.nextStamp };
    const adopted = paths.slice(0, options.batchSize()).flatMap((path) => adoptForeign(path, adopt) ?? []);
    isWaiting = adopted.length < paths.length;
    return adopted;
  };

  const takeSeen = (): SeenEntry | undefined => {
    slot = (slot + 1) % FAIR_SLOT;
    let chosen: SeenEntry[] | undefined;
    for (const priority of PRIORITIES) {
      const list = seen.get(priority);
      if (list === undefined || list.length === 0) continue;
      if (chosen === undefined || headTime(list) < headTime(chosen)) chosen = list;
      if (slot !== 0) break;
    }
    return chosen?.pop();
  };

  const fill = (): ClaimedEntry[] => {
    const batch: ClaimedEntry[] = [];
    const limit = options.batchSize();
    while (batch.length < limit) {
      const entry = takeSeen();
      if (entry === undefined) break;
      const claimed = claim(entry, options.holding);
      if (claimed !== undefined) batch.push(claimed);
    }
    return batch;
  };

  const takeRetry = (): readonly ClaimedEntry[] => {
    for (let entry = retries.pop(); entry !== undefined; entry = retries.pop()) {
      const claimed = claim(entry, options.holding);
      if (claimed !== undefined) return [claimed];
    }
    return [];
  };

  return {
    get isWaiting() {
      return isWaiting;
    },
    next() {
      const adopted = rescan();
      if (adopted.length > 0) return adopted;
      const hasFresh = PRIORITIES.some((priority) => (seen.get(priority)?.length ?? 0) > 0);
      if (!hasFresh || creditForRetries > 0) {
        creditForRetries -= 1;
        const retried = takeRetry();
        if (retried.length > 0) return retried;
      }
      const batch = fill();
      creditForRetries = Math.floor(batch.length / 2); // entries tried before never take more than half of the work
      return batch;
    },
    forget() {
      seen.clear();
      retries = [];
    },
  };
}

function headTime(list: readonly SeenEntry[]): number {
  return list.at(-1)?.name.time ?? Number.POSITIVE_INFINITY;
}

function lowestAttemptsLast(a: SeenEntry, b: SeenEntry): number {
  return b.name.attempts - a.name.attempts || b.name.time - a.name.time;
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

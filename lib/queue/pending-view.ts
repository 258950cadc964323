import { scanDelayed, scanForeign, scanPriority, type SeenEntry } from './pending-scan.ts';
import { PRIORITIES, type QueueFolder } from './queue-folder.ts';

/** Every eighth slot goes to the oldest entry, whatever its priority: nothing waits for ever behind a busy priority. */
const FAIR_SLOT = 8;

/** What scans saw and nobody took yet. Each list is filled by a scan and eaten from; a folder is scanned again once its list is empty. */
export class PendingView {
  readonly #queue: QueueFolder;
  readonly #fresh = new Map<number, SeenEntry[]>();
  #retries: SeenEntry[] = [];
  #strangers: string[] = [];
  #slot = 0;

  constructor(queue: QueueFolder) {
    this.#queue = queue;
  }

  get hasFresh(): boolean {
    return [...this.#fresh.values()].some((list) => list.length > 0);
  }

  /** Whether the next {@link refresh} looks everywhere: only then does finding nothing mean that there is nothing. */
  get isEaten(): boolean {
    return !this.hasFresh && this.#retries.length === 0 && this.#strangers.length === 0;
  }

  /** Scans what was eaten up: most of all the folders above the one at hand, so that an urgent entry passes any backlog. */
  refresh(now: number, longestDelay: number): void {
    const wantsStrangers = this.#strangers.length === 0;
    let strangers = wantsStrangers ? [...scanForeign(this.#queue)] : [];
    let triedBefore: readonly SeenEntry[] = [];
    for (const priority of PRIORITIES) {
      if ((this.#fresh.get(priority)?.length ?? 0) > 0) continue;
      const found = scanPriority(this.#queue, priority);
      this.#fresh.set(priority, found.entries.filter((entry) => entry.name.attempts === 0).reverse());
      triedBefore = triedBefore.concat(found.entries.filter((entry) => entry.name.attempts > 0));
      strangers = strangers.concat(found.strangers);
    }
    if (wantsStrangers) this.#strangers = strangers.reverse();
    if (this.#retries.length === 0) this.#retries = [...triedBefore, ...scanDelayed(this.#queue, now, longestDelay)].sort(lowestAttemptsLast);
  }

  /** An entry that nobody tried yet: the most urgent, of these the oldest; in a fair slot the oldest of all. */
  takeFresh(): SeenEntry | undefined {
    this.#slot = (this.#slot + 1) % FAIR_SLOT;
    let chosen: SeenEntry[] | undefined;
    for (const priority of PRIORITIES) {
      const list = this.#fresh.get(priority);
      if (list === undefined || list.length === 0) continue;
      if (chosen === undefined || headTime(list) < headTime(chosen)) chosen = list;
      if (this.#slot !== 0) break;
    }
    return chosen?.pop();
  }

  /** An entry that was tried before and is due: the one with the fewest attempts, of these the oldest. */
  takeRetry(): SeenEntry | undefined {
    return this.#retries.pop();
  }

  /** The path of a file that somebody else put into the queue. */
  takeStranger(): string | undefined {
    return this.#strangers.pop();
  }

  forget(): void {
    this.#fresh.clear();
    this.#retries = [];
    this.#strangers = [];
  }
}

function headTime(list: readonly SeenEntry[]): number {
  return list.at(-1)?.name.time ?? Number.POSITIVE_INFINITY;
}

function lowestAttemptsLast(a: SeenEntry, b: SeenEntry): number {
  return b.name.attempts - a.name.attempts || b.name.time - a.name.time;
}

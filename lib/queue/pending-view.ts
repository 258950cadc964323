import { FreshList, type Random } from './fresh-list.ts';
import { scanDelayed, scanForeign, scanPriority, type SeenEntry } from './pending-scan.ts';
import { PRIORITIES, type QueueFolder } from './queue-folder.ts';

/** Every eighth slot goes to the oldest entry, whatever its priority: nothing waits for ever behind a busy priority. */
const FAIR_SLOT = 8;

/** What scans saw and no worker has claimed. A scan fills a list, claims empty it, and an empty list is filled by the next scan. */
export class PendingView {
  readonly #queue: QueueFolder;
  readonly #random: Random;
  readonly #fresh = new Map<number, FreshList>();
  #retries: SeenEntry[] = [];
  #strangers: string[] = [];
  #slot = 0;

  constructor(queue: QueueFolder, random: Random) {
    this.#queue = queue;
    this.#random = random;
  }

  get hasFresh(): boolean {
    return [...this.#fresh.values()].some((list) => !list.isEmpty);
  }

  /** Whether the next {@link refresh} looks everywhere: only then does finding nothing mean that there is nothing. */
  get isEaten(): boolean {
    return !this.hasFresh && this.#retries.length === 0 && this.#strangers.length === 0;
  }

  /** Scans the folders whose known entries are used up, and those of higher priority, so that an urgent entry passes any backlog. */
  refresh(now: number, longestDelay: number): void {
    const wantsStrangers = this.#strangers.length === 0;
    let strangers = wantsStrangers ? [...scanForeign(this.#queue)] : [];
    let triedBefore: readonly SeenEntry[] = [];
    for (const priority of PRIORITIES) {
      if (this.#fresh.get(priority)?.isEmpty === false) continue;
      const found = scanPriority(this.#queue, priority);
      this.#fresh.set(priority, new FreshList(found.folder, priority, found.fresh));
      triedBefore = triedBefore.concat(found.tried);
      strangers = strangers.concat(found.strangers);
    }
    if (wantsStrangers) this.#strangers = strangers.reverse();
    if (this.#retries.length === 0)
      this.#retries = [...triedBefore, ...scanDelayed(this.#queue, now, longestDelay)].sort(
        lowestAttemptsLast,
      );
  }

  /** The most urgent untried entry of these priorities; of equal ones the oldest. In a fair slot: the oldest of all priorities. */
  takeFresh(priorities: readonly number[]): SeenEntry | undefined {
    const isFair = this.#slot === FAIR_SLOT - 1;
    let chosen: FreshList | undefined;
    for (const priority of isFair ? PRIORITIES : priorities) {
      const list = this.#fresh.get(priority);
      if (list === undefined || list.isEmpty) continue;
      if (chosen === undefined || list.headTime < chosen.headTime) chosen = list;
      if (!isFair) break;
    }
    if (chosen !== undefined) this.#slot = (this.#slot + 1) % FAIR_SLOT;
    return chosen?.take();
  }

  /** Another worker was first with an entry that {@link takeFresh} gave. */
  lost(entry: SeenEntry): void {
    this.#fresh.get(entry.name.priority)?.lost(this.#random);
  }

  /** An entry that was tried before and is due: the one with the fewest attempts, of these the oldest. */
  takeRetry(): SeenEntry | undefined {
    return this.#retries.pop();
  }

  /** The path of a foreign file. */
  takeStranger(): string | undefined {
    return this.#strangers.pop();
  }

  forget(): void {
    this.#fresh.clear();
    this.#retries = [];
    this.#strangers = [];
  }
}

function lowestAttemptsLast(a: SeenEntry, b: SeenEntry): number {
  return b.name.attempts - a.name.attempts || b.name.time - a.name.time;
}

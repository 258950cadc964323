import { FreshList, type Random } from './fresh-list.ts';
import { scanDelayed, scanForeign, scanPriority, type SeenEntry } from './pending-scan.ts';
import { PRIORITIES, type QueueFolder } from './queue-folder.ts';

/** Every eighth slot goes to the oldest entry of any priority, so that no priority starves. */
const FAIR_SLOT = 8;

/**
 * Entries that scans saw and no worker has claimed. A scan fills a list, claims empty it, and the
 * next scan fills it again.
 */
export class PendingView {
  readonly #queue: QueueFolder;
  readonly #random: Random;
  readonly #fresh = new Map<number, FreshList>();
  #retries: SeenEntry[] = [];
  #foreign: string[] = [];
  #slot = 0;

  constructor(queue: QueueFolder, random: Random) {
    this.#queue = queue;
    this.#random = random;
  }

  get hasFresh(): boolean {
    return [...this.#fresh.values()].some((list) => !list.isEmpty);
  }

  /**
   * Whether the next {@link refresh} scans every folder. Only then does an empty result mean an
   * empty queue.
   */
  get isUsedUp(): boolean {
    return !this.hasFresh && this.#retries.length === 0 && this.#foreign.length === 0;
  }

  /**
   * Scans the folders whose known entries are used up, and those of higher priority, so that an
   * urgent entry passes any backlog.
   */
  refresh(now: number, longestDelay: number): void {
    const needsForeign = this.#foreign.length === 0;
    let foreign = needsForeign ? [...scanForeign(this.#queue)] : [];
    let triedBefore: readonly SeenEntry[] = [];
    for (const priority of PRIORITIES) {
      if (this.#fresh.get(priority)?.isEmpty === false) continue;
      const found = scanPriority(this.#queue, priority);
      this.#fresh.set(priority, new FreshList(found.folder, priority, found.fresh));
      triedBefore = triedBefore.concat(found.tried);
      foreign = foreign.concat(found.foreign);
    }
    if (needsForeign) this.#foreign = foreign.reverse();
    if (this.#retries.length === 0)
      this.#retries = [...triedBefore, ...scanDelayed(this.#queue, now, longestDelay)].sort(
        lowestAttemptsLast,
      );
  }

  /**
   * Takes the most urgent untried entry of these priorities, the oldest first. In a fair slot: the
   * oldest of all priorities.
   */
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

  /** Another worker was first with an entry that {@link takeFresh} returned. */
  leaveToOther(entry: SeenEntry): void {
    this.#fresh.get(entry.name.priority)?.skipToOther(this.#random);
  }

  /**
   * Takes an entry that was tried before and is due: the one with the fewest attempts, then the
   * oldest.
   */
  takeRetry(): SeenEntry | undefined {
    return this.#retries.pop();
  }

  /** Takes the path of a foreign file. */
  takeForeign(): string | undefined {
    return this.#foreign.pop();
  }

  forget(): void {
    this.#fresh.clear();
    this.#retries = [];
    this.#foreign = [];
  }
}

function lowestAttemptsLast(a: SeenEntry, b: SeenEntry): number {
  return b.name.attempts - a.name.attempts || b.name.time - a.name.time;
}

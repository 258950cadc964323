/** So many entries within so long, and some in each half of it, are a steady stream: 64 a second. */
const ENTRIES = 160;
const WINDOW_MS = 2_500;
const ENTRIES_IN_A_HALF = 40;

/** How fast entries come, measured over the last two and a half seconds. */
export class Arrivals {
  #batches: { readonly at: number; readonly count: number }[] = [];

  /** Notes a batch that was worked on at `now`. */
  add(count: number, now: number): void {
    this.#batches.push({ at: now, count });
    this.#forgetOld(now);
  }

  /** Whether entries have been coming for a while, and so fast that many a one has a successor before it is done with. */
  isSteady(now: number): boolean {
    this.#forgetOld(now);
    const half = now - WINDOW_MS / 2;
    const early = countOf(this.#batches.filter(({ at }) => at <= half));
    const late = countOf(this.#batches.filter(({ at }) => at > half));
    return early + late >= ENTRIES && Math.min(early, late) >= ENTRIES_IN_A_HALF;
  }

  #forgetOld(now: number): void {
    this.#batches = this.#batches.filter(({ at }) => at <= now && now - at <= WINDOW_MS);
  }
}

function countOf(batches: readonly { readonly count: number }[]): number {
  return batches.reduce((sum, { count }) => sum + count, 0);
}

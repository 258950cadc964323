/** So many entries within so long, spread over at least so long, are a steady stream: about 65 a second. */
const ENTRIES = 32;
const WINDOW_MS = 500;
const LEAST_SPREAD_MS = 250;

/** How fast entries come, measured over the last half second. */
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
    const first = this.#batches[0];
    if (first === undefined || now - first.at < LEAST_SPREAD_MS) return false;
    return this.#batches.reduce((sum, { count }) => sum + count, 0) >= ENTRIES;
  }

  #forgetOld(now: number): void {
    this.#batches = this.#batches.filter(({ at }) => at <= now && now - at <= WINDOW_MS);
  }
}

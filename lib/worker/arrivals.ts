/** A rate at which entries come, as it looks while they come in batches. */
export interface Stream {
  /** How long is looked back, in milliseconds. */
  readonly windowMs: number;
  /** Entries within that time. */
  readonly least: number;
  readonly most: number;
  /** Least entries in each half of it: a heap is no stream. */
  readonly leastInHalf: number;
}

/** Measures whether entries come in a steady stream. */
export class Arrivals {
  readonly #stream: Stream;
  #batches: { readonly at: number; readonly count: number }[] = [];

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Notes a batch that was worked on at `now`. */
  add(count: number, now: number): void {
    this.#batches.push({ at: now, count });
    this.#forgetOld(now);
  }

  /** Whether entries have been coming at such a rate for all of that time. */
  isSteady(now: number): boolean {
    this.#forgetOld(now);
    const { windowMs, least, most, leastInHalf } = this.#stream;
    const half = now - windowMs / 2;
    const early = countOf(this.#batches.filter(({ at }) => at <= half));
    const late = countOf(this.#batches.filter(({ at }) => at > half));
    return early + late >= least && early + late <= most && Math.min(early, late) >= leastInHalf;
  }

  #forgetOld(now: number): void {
    this.#batches = this.#batches.filter(
      ({ at }) => at <= now && now - at <= this.#stream.windowMs,
    );
  }
}

function countOf(batches: readonly { readonly count: number }[]): number {
  return batches.reduce((sum, { count }) => sum + count, 0);
}

/** A batch that takes longer than this halves the next one: an urgent entry waits for the batch that runs. */
const LONG_MS = 60;

/** One that takes less than this doubles the next one: each batch costs a transaction and a sync of the disk, however small it is. */
const SHORT_MS = 25;

/** The first batch, and the least of any: a worker that has just begun takes several times as long for each entry. */
const LEAST = 64;

/** How many entries are claimed at once, by how long the last batches took. */
export class BatchSize {
  readonly #most: () => number;
  #size = LEAST;

  /** @param most The setting `batchSize`; asked each time. */
  constructor(most: () => number) {
    this.#most = most;
  }

  get now(): number {
    return Math.min(this.#size, this.#most());
  }

  /** Notes a batch of `count` entries that took `ms`. One that was not full says nothing about larger ones. */
  note(count: number, ms: number): void {
    if (ms > LONG_MS) this.#size = Math.max(LEAST, Math.floor(this.#size / 2));
    else if (ms < SHORT_MS && count >= this.now) this.#size = Math.min(this.#most(), this.now * 2);
  }
}

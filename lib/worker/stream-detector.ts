/** Limits of a steady stream of entries, which arrive in batches. */
export interface StreamLimits {
  /** Time window in milliseconds. */
  readonly windowMs: number;
  /** Least entries within the window. */
  readonly min: number;
  readonly max: number;
  /**
   * Least entries in each half of the window, so that a single burst does not count as a stream.
   */
  readonly minInHalf: number;
}

/** Detects whether entries arrive in a steady stream. */
export class StreamDetector {
  readonly #limits: StreamLimits;
  #batches: { readonly at: number; readonly count: number }[] = [];

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /** Records a batch that was processed at `now`. */
  add(count: number, now: number): void {
    this.#batches.push({ at: now, count });
    this.#forgetOld(now);
  }

  /** Whether entries have been arriving within the limits for the whole window. */
  isSteady(now: number): boolean {
    this.#forgetOld(now);
    const { windowMs, min, max, minInHalf } = this.#limits;
    const half = now - windowMs / 2;
    const early = countOf(this.#batches.filter(({ at }) => at <= half));
    const late = countOf(this.#batches.filter(({ at }) => at > half));
    return early + late >= min && early + late <= max && Math.min(early, late) >= minInHalf;
  }

  #forgetOld(now: number): void {
    this.#batches = this.#batches.filter(
      ({ at }) => at <= now && now - at <= this.#limits.windowMs,
    );
  }
}

function countOf(batches: readonly { readonly count: number }[]): number {
  return batches.reduce((sum, { count }) => sum + count, 0);
}

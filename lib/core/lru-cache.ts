/**
 * Caches the latest `max` results of a function of one text. Used where the calls of a session are
 * parsed and compared again and again. Only for pure functions.
 */
export class LruCache<Answer> {
  readonly #max: number;
  readonly #known = new Map<string, Answer>();

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string, compute: () => Answer): Answer {
    const known = this.#known.get(key) ?? compute();
    // Moves it to the end, so that the least recently used entry is evicted first.
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size > this.#max) this.#known.delete(this.#known.keys().next().value ?? '');
    return known;
  }
}

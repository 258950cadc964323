import { type EntryName, parseEntryName } from './entry-name.ts';

/**
 * Returns a number from 0 to 1: the position where a list continues after another worker was first.
 */
export type Random = () => number;

/** About the size of one batch. */
const RUN = 256;

/**
 * The names of untried entries in one folder, from one scan. Kept unparsed, because there may be a
 * hundred thousand.
 */
export class FreshList {
  readonly #folder: string;
  readonly #priority: number;
  /** Runs of names, reversed: the next run is the last one, and its next name is its last one. */
  readonly #runs: string[][] = [];
  #current: string[] | undefined;

  /** @param names oldest first. */
  constructor(folder: string, priority: number, names: readonly string[]) {
    this.#folder = folder;
    this.#priority = priority;
    for (let at = 0; at < names.length; at += RUN)
      this.#runs.push(names.slice(at, at + RUN).reverse());
    this.#runs.reverse();
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** Returns when the next entry was created. */
  get headTime(): number {
    const next = this.#runs.at(-1)?.at(-1);
    return next === undefined ? Number.POSITIVE_INFINITY : this.#read(next).time;
  }

  take(): { readonly name: EntryName; readonly path: string } | undefined {
    this.#current = this.#runs.at(-1);
    const next = this.#current?.pop();
    if (this.#current?.length === 0) this.#runs.pop();
    return next === undefined
      ? undefined
      : { name: this.#read(next), path: `${this.#folder}/${next}` };
  }

  /**
   * Another worker took the last entry first, and will take those after it. Leaves the rest of that
   * run to it and continues at another place. The next scan finds what is left.
   */
  skipToOther(random: Random): void {
    if (this.#runs.at(-1) === this.#current) this.#runs.pop();
    const [last, other] = [this.#runs.length - 1, Math.floor(random() * this.#runs.length)];
    const [next, chosen] = [this.#runs[last], this.#runs[other]];
    if (next === undefined || chosen === undefined) return;
    this.#runs[last] = chosen;
    this.#runs[other] = next;
  }

  #read(file: string): EntryName {
    const name = parseEntryName(file);
    if (name === undefined) throw new TypeError(`Not the name of an entry: ${file}`);
    return name.priority === this.#priority ? name : { ...name, priority: this.#priority };
  }
}

import { type EntryName, parseEntryName } from './entry-name.ts';

/** Where a list goes on after another worker was first: 0 to 1 of what is left. */
export type Random = () => number;

/** About as many as one batch takes. */
const RUN = 256;

/** Names of the untried entries of one folder, from one scan. Kept as they were read, because there may be a hundred thousand. */
export class FreshList {
  readonly #folder: string;
  readonly #priority: number;
  /** Runs of names; the next run last, and in it the next name last. */
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

  /** When the next one was made. */
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
   * Another worker was first with the one taken last, and will be with those behind it. This list leaves that run to it and goes on
   * elsewhere; what is left after all is found by the next scan.
   */
  lost(random: Random): void {
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

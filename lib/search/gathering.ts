import type { Database } from '../store/database.ts';
import { buildNearQuery, isPlain, type Term } from './parse-query.ts';
import type { PartQuery } from './part-queries.ts';
import { MAX_HEADS, MAX_RANKED } from './rank.ts';
import type { Range } from './ranges.ts';
import { computeIdAt, readPlaceHeads } from './table.ts';
import { findMatchingIds } from './table-words.ts';

/**
 * So many recent matches in what was said, called or went wrong leave no place for one in output
 * among those that are shown, even where some of them are copies.
 */
export const MIN_SAID = 512;

/**
 * Of documents whose words are in the output alone, and where they are there is not known: those
 * that are read to find out, and some more, as copies of others are left out.
 */
const MAX_UNCERTAIN = 160;

/** Documents whose words are close to each other, of one part. */
const MAX_NEAR = 1_000;

/** Collects the latest documents that match, part by part. */
export class Gathering {
  /** By id, whether the words are in what was said, called or went wrong. */
  readonly certain = new Map<number, boolean>();
  readonly close = new Set<number>();
  readonly #database: Database;
  readonly #queries: readonly PartQuery[];
  readonly #near: string | undefined;
  /**
   * Most documents in whose output the words are to be looked for; single words are known to be
   * there.
   */
  readonly #maxUncertain: number;
  /** What was found in what was said, before its part was looked at. */
  readonly #early = new Map<string, readonly number[]>();
  #said = 0;
  #skipsOutput = false;

  constructor(database: Database, queries: readonly PartQuery[], terms: readonly Term[]) {
    this.#database = database;
    this.#queries = queries;
    this.#near = buildNearQuery(terms);
    this.#maxUncertain = isPlain(terms) ? MAX_RANKED + 1 : MAX_UNCERTAIN;
  }

  get isFull(): boolean {
    return this.#said > MAX_RANKED || this.certain.size > MAX_RANKED + MAX_UNCERTAIN;
  }

  /**
   * Decides whether output is left out, which costs most of a search for frequent words and for
   * beginnings.
   * @param since In milliseconds since the epoch.
   */
  skipOutput(ranges: readonly Range[], since: number): boolean {
    const outputs = this.#queries.filter(({ table }) => table === 'seen');
    const said = this.#queries.filter(({ table }) => table === 'said');
    const from = computeIdAt(since);
    const recent = new Set<number>();
    if (outputs.length === 0) return false;
    for (const range of ranges.filter(({ to }) => to >= from)) {
      for (const query of said)
        for (const id of this.#find(query, range, MAX_RANKED + 1)) if (id >= from) recent.add(id);
      this.#skipsOutput = recent.size >= MIN_SAID;
      if (this.#skipsOutput) return true;
    }
    return false;
  }

  look(range: Range): void {
    const before = this.#said;
    for (const query of this.#queries) {
      const isSaid = query.table === 'said';
      if (!isSaid && this.#skipsOutput) continue;
      const limit = isSaid
        ? MAX_RANKED + 1 - this.#said
        : Math.min(MAX_RANKED + 1, before + this.#maxUncertain) - this.certain.size;
      if (limit > 0) this.#take(query, range, limit);
    }
    // Of documents with the same signs the latest are shown: older ones need not be told apart.
    if (this.#near === undefined || this.#said === before || this.close.size >= MAX_HEADS) return;
    for (const id of findMatchingIds(this.#database, 'said', range.part, this.#near, {
      ...range,
      limit: MAX_NEAR,
    }))
      this.close.add(id);
  }

  #take(query: PartQuery, range: Range, limit: number): void {
    for (const id of this.#find(query, range, limit)) {
      if (query.isCertain && this.certain.get(id) !== true) this.#said += 1;
      this.certain.set(id, query.isCertain || this.certain.get(id) === true);
    }
  }

  /** The latest of a range that match, each query at most once. */
  #find({ table, text }: PartQuery, range: Range, limit: number): readonly number[] {
    const key = `${range.part} ${range.session} ${table} ${text}`;
    const known = this.#early.get(key);
    if (known !== undefined) return known.slice(0, limit);
    const ids = findMatchingIds(this.#database, table, range.part, text, { ...range, limit });
    const own = ofSession(this.#database, ids, range.session);
    if (table === 'said') this.#early.set(key, own);
    return own;
  }
}

/** Those of one session; all, where none is asked for. */
function ofSession(
  database: Database,
  ids: readonly number[],
  session: number | undefined,
): readonly number[] {
  if (session === undefined) return ids;
  const heads = readPlaceHeads(database, ids);
  return ids.filter((id) => heads.get(id)?.session === session);
}

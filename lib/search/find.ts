import { DAY_MS } from '../core/clock.ts';
import { groupBy } from '../core/group-by.ts';
import type { Database } from '../store/database.ts';
import {
  type SearchQuery,
  isPlain,
  markQuery,
  buildNearQuery,
  buildPhraseQuery,
  type Term,
  buildWordQuery,
} from './parse-query.ts';
import { computeIdAt, KINDS, readPlaceHeads, timeOfId } from './table.ts';
import { findFoldersAt, indexedSession } from './table-sessions.ts';
import {
  findMatchingIds,
  computePart,
  listParts,
  computePartRange,
  type WordTable,
} from './table-words.ts';
import { FAILED_MARK, folderMark, kindMark } from './write.ts';

/** What of the sessions is looked through. */
export const SCOPES = [
  'prompts',
  'answers',
  'commands',
  'files',
  'errors',
  'outputs',
  'titles',
] as const;
export type Scope = (typeof SCOPES)[number];

export interface FindFilter {
  /** Left out: everything. */
  readonly scopes?: readonly Scope[];
  /** Absolute path: sessions in it, below it, or in that work tree. */
  readonly project?: string;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  /** Calls that failed or were rejected. */
  readonly failedOnly?: boolean;
  /** These sessions alone. */
  readonly sessions?: readonly string[];
}

/** A document that matched. */
export interface Match {
  /** Of its place in the index. */
  readonly id: number;
  /**
   * Whether the words are in what was said, called or went wrong; else the output is to be looked
   * at.
   */
  readonly isCertain: boolean;
}

export interface FoundPlaces {
  /** Best first, at most {@link MAX_HEADS}. */
  readonly matches: readonly Match[];
  /** How many there are, at most {@link MAX_RANKED}. */
  readonly count: number;
  /** There are more: the latest were ranked. */
  readonly isCut: boolean;
  /** Output was not searched: {@link MIN_SAID} recent matches elsewhere rank before it. */
  readonly isOutputSkipped: boolean;
}

/** Of more matches the latest are ranked. */
export const MAX_RANKED = 5_000;

/**
 * So many recent matches in what was said, called or went wrong leave no place for one in output
 * among those that are shown, even where some of them are copies.
 */
export const MIN_SAID = 512;

/**
 * Up to this age a match in what was said ranks before one in output of today: see
 * {@link scoreOf}.
 */
const RECENT_MS = 100 * DAY_MS;

/**
 * Of documents whose words are in the output alone, and where they are there is not known: those
 * that are read to find out, and some more, as copies of others are left out.
 */
const MAX_UNCERTAIN = 160;

/**
 * Documents whose kind and own time are looked up: what is behind them by age and place is not
 * shown.
 */
const MAX_HEADS = 750;

/** Documents whose words are close to each other, of one part. */
const MAX_NEAR = 1_000;

/** After this time a match is worth half of what it was. */
const HALF_LIFE_MS = 30 * DAY_MS;

const WORTH = {
  near: 1,
  certain: 0.6,
  kinds: { title: 0.6, prompt: 0.5, answer: 0.3, command: 0.2, file: 0.2 },
};

interface Query {
  readonly table: WordTable;
  readonly text: string;
  readonly isCertain: boolean;
}

/**
 * Finds documents and ranks them by how recent they are, where the words are, and how close to each
 * other. Reads no text.
 */
export function findPlaces(
  database: Database,
  { terms }: SearchQuery,
  filter: FindFilter,
  now: number,
): FoundPlaces {
  const folders =
    filter.project === undefined ? undefined : findFoldersAt(database, filter.project);
  if (terms.length === 0 || folders?.length === 0) return NOTHING;
  const marks = marksOf(filter, folders);
  const gathering = new Gathering(database, queriesFor(terms, filter, marks), terms);
  const ranges = rangesOf(database, filter);
  const isOutputSkipped = gathering.skipOutput(ranges, now - RECENT_MS);
  for (const range of ranges) {
    if (gathering.isFull) break;
    gathering.look(range);
  }
  const { certain, close } = gathering;
  const ids = since(database, [...certain.keys()].toSorted(latestFirst), filter);
  const latest = ids.slice(0, MAX_RANKED);
  const matches = rank(database, latest, { certain, close, now });
  const copies = Math.min(latest.length, MAX_HEADS) - matches.length;
  const isCut = ids.length > MAX_RANKED;
  return { matches, count: latest.length - copies, isCut, isOutputSkipped };
}

const NOTHING: FoundPlaces = { matches: [], count: 0, isCut: false, isOutputSkipped: false };

function latestFirst(a: number, b: number): number {
  return b - a;
}

/**
 * Without documents that are older: ids of a dense hour may be behind their time, never before it.
 */
function since(
  database: Database,
  ids: readonly number[],
  { since: from }: FindFilter,
): readonly number[] {
  if (from === undefined) return ids;
  const heads = readPlaceHeads(database, ids);
  return ids.filter((id) => (heads.get(id)?.at ?? 0) >= from);
}

/** Collects the latest documents that match, part by part. */
class Gathering {
  /** By id, whether the words are in what was said, called or went wrong. */
  readonly certain = new Map<number, boolean>();
  readonly close = new Set<number>();
  readonly #database: Database;
  readonly #queries: readonly Query[];
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

  constructor(database: Database, queries: readonly Query[], terms: readonly Term[]) {
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

  #take(query: Query, range: Range, limit: number): void {
    for (const id of this.#find(query, range, limit)) {
      if (query.isCertain && this.certain.get(id) !== true) this.#said += 1;
      this.certain.set(id, query.isCertain || this.certain.get(id) === true);
    }
  }

  /** The latest of a range that match, each query at most once. */
  #find({ table, text }: Query, range: Range, limit: number): readonly number[] {
    const key = `${range.part} ${range.session} ${table} ${text}`;
    const known = this.#early.get(key);
    if (known !== undefined) return known.slice(0, limit);
    const ids = findMatchingIds(this.#database, table, range.part, text, { ...range, limit });
    const own = ofSession(this.#database, ids, range.session);
    if (table === 'said') this.#early.set(key, own);
    return own;
  }
}

interface Range {
  readonly part: number;
  readonly from: number;
  readonly to: number;
  /** Number of the one session that counts. */
  readonly session?: number;
}

/** Stretches of the index, the latest first. */
function rangesOf(database: Database, { since, sessions }: FindFilter): readonly Range[] {
  const from = since === undefined ? 0 : computeIdAt(since);
  const parts = listParts(database);
  const within = (low: number, high: number): readonly Range[] =>
    parts
      .filter((part) => part >= computePart(low) && part <= computePart(high))
      .map((part) => {
        const [first, last] = computePartRange(part);
        return { part, from: Math.max(low, first), to: Math.min(high, last) };
      });
  if (sessions === undefined) return within(from, Number.MAX_SAFE_INTEGER);
  return sessions
    .flatMap((id) => indexedSession(database, id) ?? [])
    .toSorted((a, b) => b.last - a.last)
    .flatMap(({ num, first, last }) =>
      within(Math.max(from, first), last).map((range) => ({ ...range, session: num })),
    );
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

function marksOf(
  { failedOnly }: FindFilter,
  folders: readonly number[] | undefined,
): readonly string[] {
  return [
    ...(failedOnly === true ? [markQuery(FAILED_MARK)] : []),
    ...(folders === undefined
      ? []
      : [`(${folders.map((folder) => markQuery(folderMark(folder))).join(' OR ')})`]),
  ];
}

/**
 * The questions to each part of the index; a scope that is a kind of document asks for its mark.
 */
function queriesFor(
  terms: readonly Term[],
  { scopes = SCOPES }: FindFilter,
  marks: readonly string[],
): readonly Query[] {
  const phrases = buildPhraseQuery(terms);
  const all = (...parts: readonly string[]): string => [...parts, ...marks].join(' AND ');
  const kinds = KINDS.filter((kind) => scopes.includes(`${kind}s`));
  const said = (text: string): Query => ({ table: 'said', text, isCertain: true });
  const queries: Query[] = [];
  const isWhole = kinds.length === KINDS.length;
  if (isWhole && scopes.includes('errors')) queries.push(said(all(`(${phrases})`)));
  else {
    const ofKind = `(${kinds.map((kind) => markQuery(kindMark(kind))).join(' OR ')})`;
    if (kinds.length > 0)
      queries.push(said(all(`{main} : (${phrases})`, ...(isWhole ? [] : [ofKind]))));
    if (scopes.includes('errors')) queries.push(said(all(`{error} : (${phrases})`)));
  }
  if (scopes.includes('outputs'))
    queries.push({ table: 'seen', text: all(`(${buildWordQuery(terms)})`), isCertain: false });
  return queries;
}

interface Signs {
  readonly certain: ReadonlyMap<number, boolean>;
  readonly close: ReadonlySet<number>;
  readonly now: number;
}

/**
 * One match per text: a copy of it in another session, which came later, is left out. @param ids
 * The latest first.
 */
function rank(database: Database, ids: readonly number[], signs: Signs): readonly Match[] {
  const first = likelyBest(ids, signs);
  const heads = readPlaceHeads(database, first);
  const seen = new Set<number>();
  return first
    .flatMap((id) => {
      const head = heads.get(id);
      if (head === undefined) return [];
      const isCertain = signs.certain.get(id) === true;
      const kind = isCertain ? WORTH.kinds[KINDS[head.kind] ?? 'file'] : 0;
      return [{ id, isCertain, ref: head.ref, score: scoreOf(id, head.at, signs) + kind }];
    })
    .toSorted((a, b) => b.score - a.score)
    .filter(({ ref }) => !seen.has(ref) && seen.add(ref))
    .map(({ id, isCertain }) => ({ id, isCertain }));
}

/**
 * Those that can be best, whatever their kind: of documents with the same signs the latest, so
 * nothing has to be sorted.
 */
function likelyBest(ids: readonly number[], signs: Signs): readonly number[] {
  if (ids.length <= MAX_HEADS) return ids;
  const groups = [...groupBy(ids, (id) => String(worthOf(id, signs))).values()].map((group) => ({
    group,
    next: 0,
  }));
  const score = ({ group, next }: (typeof groups)[number]): number => {
    const id = group[next];
    return id === undefined ? -1 : scoreOf(id, timeOfId(id), signs);
  };
  return Array.from({ length: MAX_HEADS }, () => {
    const best = groups.reduce((one, other) => (score(other) > score(one) ? other : one));
    best.next += 1;
    return best.group[best.next - 1] ?? 0;
  });
}

function scoreOf(id: number, at: number, signs: Signs): number {
  return 1 / (1 + Math.max(0, signs.now - at) / HALF_LIFE_MS) + worthOf(id, signs);
}

function worthOf(id: number, { certain, close }: Signs): number {
  return (close.has(id) ? WORTH.near : 0) + (certain.get(id) === true ? WORTH.certain : 0);
}

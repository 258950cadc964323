import { DAY_MS } from '../core/clock.ts';
import type { Database } from '../store/database.ts';
import {
  type Ask,
  isPlain,
  markQuery,
  nearQuery,
  phraseQuery,
  type Term,
  wordQuery,
} from './ask.ts';
import { foldersAt, idAt, indexedSession, KINDS, placeHeads, timeOfId } from './table.ts';
import { matching, partOf, partsOf, rangeOf, type WordTable } from './table-words.ts';
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
  /** Whether the words are in what was said, called or went wrong; else the output is to be looked at. */
  readonly isCertain: boolean;
}

export interface FoundPlaces {
  /** Best first. */
  readonly matches: readonly Match[];
  /** There are more: the latest were ranked. */
  readonly isCut: boolean;
}

/** Of more matches the latest are ranked. */
export const MOST_RANKED = 5_000;

/** Of documents whose words are in the output alone, and where they are there is not known. */
const MOST_UNCERTAIN = 256;

/** Documents whose kind is looked up; what is behind them by age and place is not moved by its kind. */
const MOST_HEADS = 1_500;

/** Documents whose words are close to each other, of one part. */
const MOST_NEAR = 1_000;

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

/** Finds documents and ranks them by how recent they are, where the words are, and how close to each other. Reads no text. */
export function findPlaces(
  database: Database,
  { terms }: Ask,
  filter: FindFilter,
  now: number,
): FoundPlaces {
  const folders = filter.project === undefined ? undefined : foldersAt(database, filter.project);
  if (terms.length === 0 || folders?.length === 0) return { matches: [], isCut: false };
  const marks = marksOf(filter, folders);
  const gathering = new Gathering(database, queriesFor(terms, filter, marks), terms);
  for (const range of rangesOf(database, filter)) {
    if (gathering.isFull) break;
    gathering.look(range);
  }
  const { certain, close } = gathering;
  const ids = [...certain.keys()].toSorted((a, b) => b - a);
  return {
    matches: rank(database, ids.slice(0, MOST_RANKED), { certain, close, now }),
    isCut: ids.length > MOST_RANKED,
  };
}

/** Collects the latest documents that match, part by part. */
class Gathering {
  /** By id, whether the words are in what was said, called or went wrong. */
  readonly certain = new Map<number, boolean>();
  readonly close = new Set<number>();
  readonly #database: Database;
  readonly #queries: readonly Query[];
  readonly #near: string | undefined;
  /** Most documents in whose output the words are to be looked for; single words are known to be there. */
  readonly #mostUncertain: number;
  #said = 0;

  constructor(database: Database, queries: readonly Query[], terms: readonly Term[]) {
    this.#database = database;
    this.#queries = queries;
    this.#near = nearQuery(terms);
    this.#mostUncertain = isPlain(terms) ? MOST_RANKED + 1 : MOST_UNCERTAIN;
  }

  get isFull(): boolean {
    return this.#said > MOST_RANKED || this.certain.size > MOST_RANKED + MOST_UNCERTAIN;
  }

  look(range: Range): void {
    const before = this.#said;
    for (const query of this.#queries) {
      const isSaid = query.table === 'said';
      const limit = isSaid
        ? MOST_RANKED + 1 - this.#said
        : Math.min(MOST_RANKED + 1, before + this.#mostUncertain) - this.certain.size;
      if (limit > 0) this.#take(query, range, limit);
    }
    if (this.#near === undefined || this.#said === before) return;
    for (const id of matching(this.#database, 'said', range.part, this.#near, {
      ...range,
      limit: MOST_NEAR,
    }))
      this.close.add(id);
  }

  #take({ table, text, isCertain }: Query, range: Range, limit: number): void {
    for (const id of matching(this.#database, table, range.part, text, { ...range, limit })) {
      if (range.session !== undefined && !isOf(this.#database, id, range.session)) continue;
      if (isCertain && this.certain.get(id) !== true) this.#said += 1;
      this.certain.set(id, isCertain || this.certain.get(id) === true);
    }
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
  const from = since === undefined ? 0 : idAt(since);
  const parts = partsOf(database);
  const within = (low: number, high: number): readonly Range[] =>
    parts
      .filter((part) => part >= partOf(low) && part <= partOf(high))
      .map((part) => {
        const [first, last] = rangeOf(part);
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

function isOf(database: Database, id: number, session: number): boolean {
  return placeHeads(database, [id]).get(id)?.session === session;
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

/** The questions to each part of the index; a scope that is a kind of document asks for its mark. */
function queriesFor(
  terms: readonly Term[],
  { scopes = SCOPES }: FindFilter,
  marks: readonly string[],
): readonly Query[] {
  const phrases = phraseQuery(terms);
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
    queries.push({ table: 'seen', text: all(`(${wordQuery(terms)})`), isCertain: false });
  return queries;
}

interface Signs {
  readonly certain: ReadonlyMap<number, boolean>;
  readonly close: ReadonlySet<number>;
  readonly now: number;
}

/** One match per text: a copy of it in another session, which came later, is left out. */
function rank(database: Database, ids: readonly number[], signs: Signs): readonly Match[] {
  const byAge = ids
    .map((id) => ({ id, score: scoreOf(id, signs) }))
    .toSorted((a, b) => b.score - a.score);
  const first = byAge.slice(0, MOST_HEADS);
  const heads = placeHeads(
    database,
    first.map(({ id }) => id),
  );
  const seen = new Set<number>();
  const best = first
    .flatMap(({ id, score }) => {
      const head = heads.get(id);
      if (head === undefined) return [];
      const kind = signs.certain.get(id) === true ? WORTH.kinds[KINDS[head.kind] ?? 'file'] : 0;
      return [{ id, ref: head.ref, score: score + kind }];
    })
    .toSorted((a, b) => b.score - a.score)
    .filter(({ ref }) => !seen.has(ref) && seen.add(ref));
  return [...best, ...byAge.slice(MOST_HEADS)].map(({ id }) => ({
    id,
    isCertain: signs.certain.get(id) === true,
  }));
}

function scoreOf(id: number, { certain, close, now }: Signs): number {
  const age = Math.max(0, now - timeOfId(id));
  return (
    1 / (1 + age / HALF_LIFE_MS) +
    (close.has(id) ? WORTH.near : 0) +
    (certain.get(id) === true ? WORTH.certain : 0)
  );
}

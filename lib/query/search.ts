import { isoTime } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';
import {
  createTermTests,
  type SearchQuery,
  isPlain,
  parseQuery,
  type Term,
  type TermTests,
} from '../search/parse-query.ts';
import { findPlaces } from '../search/find.ts';
import type { Scope } from '../search/find-filter.ts';
import type { Match } from '../search/rank.ts';
import { type Place, readPlaces } from '../search/table.ts';
import { countIndexed } from '../search/table-sessions.ts';
import { readTextAt } from '../search/line-text.ts';
import { isDamage } from '../search/table-file.ts';
import type { Database } from '../store/database.ts';
import { countRows, bindList, queryBuilder, runQuery } from './builder.ts';
import { takeIndex } from './kept-readers.ts';
import { readTextColumn } from './row.ts';
import type { FoundHit, SearchHit, SearchOptions } from './search-hit.ts';
import { createSnippet } from './search-snippet.ts';
import { findInTeam, findSessionsIn } from './search-team.ts';
import { type HitTexts, readHitTexts } from './search-texts.ts';
import { findSessionsWithTag } from './session-tags.ts';
import { queryStore } from './store-view.ts';

/** What was found, best first. */
export interface SearchResult {
  readonly hits: readonly SearchHit[];
  /**
   * How many documents the index has for the words, at most 5,000; those without hits of their own
   * are copies, or gone.
   */
  readonly matches: number;
  /** There are more matches: the latest were ranked. */
  readonly isCut: boolean;
  /** Output was not searched: enough recent matches elsewhere rank before it. */
  readonly isOutputSkipped: boolean;
  /** Not all of the words were looked for: there were too many. */
  readonly isAskCut: boolean;
  /** There is no word to look for. */
  readonly isEmpty: boolean;
  /** There is no index yet. */
  readonly isMissing: boolean;
  /** Sessions that the index does not have yet. */
  readonly waiting: number;
}

/** Most texts that are read to find hits among matches that may be none. */
const MAX_READ = 120;
const READ_AT_ONCE = 32;
const SNIPPET_LIMIT = 160;

const NOTHING = { hits: [], matches: 0, isCut: false, isOutputSkipped: false, waiting: 0 };

/** Finds what was said, done and printed in all sessions, best first. */
export async function searchSessions(
  folder: StateFolder,
  words: string,
  options: SearchOptions,
): Promise<SearchResult> {
  const ask = parseQuery(words);
  const signs = { isAskCut: ask.isCut, isEmpty: ask.terms.length === 0, isMissing: false };
  if (signs.isEmpty) return { ...NOTHING, ...signs };
  if (folder.team !== undefined) {
    const found = await queryStore(folder, NOTHING, (store) => searchTeam(store, ask, options));
    return { ...found, ...signs };
  }
  const index = takeIndex(folder.search);
  if (index === undefined) return { ...NOTHING, ...signs, isMissing: true };
  try {
    const found = await queryStore(folder, NOTHING, (store) =>
      find({ index, store, archive: folder.archive }, ask, options),
    );
    return { ...found, ...signs };
  } catch (error) {
    if (isDamage(error)) return { ...NOTHING, ...signs, isMissing: true };
    throw error;
  } finally {
    index.close();
  }
}

async function searchTeam(
  store: Database,
  ask: SearchQuery,
  options: SearchOptions,
): Promise<Omit<SearchResult, 'isAskCut' | 'isEmpty' | 'isMissing'>> {
  const wanted = await sessionsOf(store, options);
  const inProject =
    options.project === undefined ? undefined : await findSessionsIn(store, options.project);
  const sessions =
    wanted === undefined ? inProject : wanted.filter((id) => inProject?.includes(id) ?? true);
  const { hits, matches, isCut } = await findInTeam(store, ask, {
    ...options,
    ...(sessions === undefined ? {} : { sessions }),
  });
  return { ...NOTHING, hits: await withSessions(store, hits), matches, isCut };
}

interface Sources {
  readonly archive: string;
  readonly index: Database;
  readonly store: Database;
}

async function find(
  sources: Sources,
  ask: SearchQuery,
  options: SearchOptions,
): Promise<Omit<SearchResult, 'isAskCut' | 'isEmpty' | 'isMissing'>> {
  const { index, store } = sources;
  const sessions = await sessionsOf(store, options);
  const filter = sessions === undefined ? options : { ...options, sessions };
  const found = findPlaces(index, ask, filter, options.now);
  const { matches, count, isCut, isOutputSkipped } = found;
  const hits: FoundHit[] = [];
  const wanted = { terms: ask.terms, tests: createTermTests(ask.terms) };
  for (let at = 0; at < Math.min(matches.length, MAX_READ); at += READ_AT_ONCE) {
    const some = matches.slice(at, at + READ_AT_ONCE);
    const ids = some.map(({ id }) => id);
    const places = new Map(readPlaces(index, ids).map((place) => [place.id, place]));
    for (const match of some) {
      if (hits.length >= options.limit) break;
      const place = places.get(match.id);
      if (place === undefined || lacksAll(place, match, wanted, sources.archive)) continue;
      const texts = await readHitTexts(store, place, sources.archive);
      if (texts === undefined) continue; // forgotten, or too old
      if (options.since !== undefined && timeOf(place, texts) < options.since) continue;
      const hit = hitOf(place, match, texts, wanted, options);
      if (hit !== undefined) hits.push(hit);
    }
    if (hits.length >= options.limit) break;
  }
  const waiting = hits.length >= options.limit ? 0 : await countWaiting(sources);
  const signs = { matches: count, isCut, isOutputSkipped, waiting };
  return { hits: await withSessions(store, hits), ...signs };
}

interface WantedTerms {
  readonly terms: readonly Term[];
  readonly tests: TermTests;
}

/**
 * Whether a match that is in the output alone, as far as its words tell, has none of the terms
 * there: then their words are only scattered over it. A look into the line costs a fraction of what
 * the rows of a call do.
 */
function lacksAll(
  { session, line, ref }: Place,
  { isCertain }: Match,
  { terms, tests }: WantedTerms,
  archive: string,
): boolean {
  if (isCertain || line === undefined || isPlain(terms)) return false;
  const whole = readTextAt({ session, ...line }, ref, archive);
  return whole !== undefined && !tests.hasAny(whole.raw);
}

/** The leading worker comes to them within seconds; after an import it takes longer. */
async function countWaiting({ index, store }: Sources): Promise<number> {
  return Math.max(0, (await countRows(store, 'sessions')) - countIndexed(index));
}

async function sessionsOf(
  store: Database,
  { tag, session }: SearchOptions,
): Promise<readonly string[] | undefined> {
  if (tag === undefined) return session === undefined ? undefined : [session];
  const tagged = await findSessionsWithTag(store, tag);
  return session === undefined ? tagged : tagged.filter((id) => id === session);
}

/** The names of scopes and kinds of hits differ by one letter. */
function isIn(kind: SearchHit['kind'], scopes: readonly Scope[] | undefined): boolean {
  return scopes === undefined || scopes.some((scope) => scope === `${kind}s`);
}

/**
 * Looks for the words where the index says that they are, first in what the store keeps;
 * `undefined` when they are not there.
 */
function hitOf(
  place: Place,
  { isCertain }: Match,
  texts: HitTexts,
  { terms, tests }: WantedTerms,
  { scopes, snippetLimit = SNIPPET_LIMIT }: SearchOptions,
): FoundHit | undefined {
  const isCall = place.kind === 'command' || place.kind === 'file';
  const make = (kind: SearchHit['kind'], text: string) => ({
    id: formatHitId(place.id),
    session: place.session,
    at: isoTime(timeOf(place, texts)),
    kind,
    tool: texts.tool,
    outcome: texts.outcome,
    snippet: createSnippet(text, terms, snippetLimit),
  });
  const has = (text: string | null | undefined): text is string =>
    typeof text === 'string' && tests.hasAll(text);
  if (isIn(place.kind, scopes) && has(texts.main)) return make(place.kind, texts.main);
  if (isIn('error', scopes) && has(texts.error)) return make('error', texts.error);
  const more = texts.more();
  const everything = [texts.main, texts.error ?? '', more?.raw ?? ''].join('\n');
  const whole = more !== undefined && has(everything) ? more.clean() : '';
  if (!isCall) return make(place.kind, has(whole) ? whole : texts.main);
  const printed = texts.outcome === 'failed' || texts.outcome === 'rejected' ? 'error' : 'output';
  if (isIn(printed, scopes) && has(whole)) return make(printed, whole);
  if (isCertain) return make(place.kind, [texts.main, texts.error ?? ''].join(' ').trim());
  const all = [texts.main, texts.error ?? '', whole].join('\n');
  if (isIn('output', scopes) && has(all)) return make('output', all);
  // the text is gone from the client's folder; single words need none to be sure of
  return more === undefined && isPlain(terms) && isIn('output', scopes)
    ? make('output', texts.main)
    : undefined;
}

/** As the store has it: a call that was running when it was indexed has ended since. */
function timeOf(place: Place, { at }: HitTexts): number {
  return at ?? place.at;
}

/** A hit as `waymark open` takes it. */
export function formatHitId(place: number): string {
  return `@${place.toString(36)}`;
}

async function withSessions(
  store: Database,
  hits: readonly FoundHit[],
): Promise<readonly SearchHit[]> {
  const ids = [...new Set(hits.map(({ session }) => session))];
  const query = queryBuilder()
    .selectFrom('sessions')
    .select(['id', 'project', 'title'])
    .where('id', 'in', queryBuilder().selectFrom(bindList(ids).as('l')).select('l.value'));
  const rows = new Map(
    (await runQuery(store, query)).map((row) => [readTextColumn(row, 'id'), row]),
  );
  return hits.map((hit) => {
    const row = rows.get(hit.session) ?? {};
    return { ...hit, title: readTextColumn(row, 'title'), project: readTextColumn(row, 'project') };
  });
}

import { DAY_MS } from '../core/clock.ts';
import type { Database } from '../store/database.ts';
import type { FindFilter } from './find-filter.ts';
import { Gathering } from './gathering.ts';
import type { SearchQuery } from './parse-query.ts';
import { marksOf, queriesFor } from './part-queries.ts';
import { type Match, MAX_HEADS, MAX_RANKED, rank } from './rank.ts';
import { rangesOf } from './ranges.ts';
import { readPlaceHeads } from './table.ts';
import { findFoldersAt } from './table-sessions.ts';

export interface FoundPlaces {
  /** Best first, at most {@link MAX_HEADS}. */
  readonly matches: readonly Match[];
  /** How many there are, at most {@link MAX_RANKED}. */
  readonly count: number;
  /** There are more: the latest were ranked. */
  readonly isCut: boolean;
  /** Output was not searched: enough recent matches elsewhere rank before it. */
  readonly isOutputSkipped: boolean;
}

/**
 * Up to this age a match in what was said ranks before one in output of today: see
 * `rank.ts`.
 */
const RECENT_MS = 100 * DAY_MS;

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

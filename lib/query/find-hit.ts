import type { StateFolder } from '../core/state-folder.ts';
import { readPlaces, type Place } from '../search/table.ts';
import { takeIndex } from './kept-readers.ts';
import { readHitTexts } from './search-texts.ts';
import { queryStore } from './store-view.ts';

/** Where a hit of a search is. */
export interface FoundHit {
  readonly session: string;
  readonly kind: Place['kind'];
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The session of a hit; `undefined` for a text that is none, or no longer one. */
export function findSessionOfHit(folder: StateFolder, hit: string): string | undefined {
  return findPlace(folder, hit)?.session;
}

/** The session of a hit and its exact time; `undefined` for a text that is none, or no longer one. */
export async function findHit(folder: StateFolder, hit: string): Promise<FoundHit | undefined> {
  const place = findPlace(folder, hit);
  if (place === undefined) return undefined;
  const { session, kind } = place;
  // the time in the index is inexact by some seconds
  const texts = await queryStore(folder, undefined, (store) =>
    readHitTexts(store, place, folder.archive),
  );
  return { session, kind, at: texts?.at ?? place.at };
}

function findPlace(folder: StateFolder, hit: string): Place | undefined {
  const id = /^@[0-9a-z]{1,11}$/.test(hit) ? Number.parseInt(hit.slice(1), 36) : Number.NaN;
  if (!Number.isSafeInteger(id)) return undefined;
  const index = takeIndex(folder.search);
  if (index === undefined) return undefined;
  try {
    return readPlaces(index, [id])[0];
  } finally {
    index.close();
  }
}

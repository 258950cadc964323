import type { Database } from '../store/database.ts';
import { vacuumPages } from '../store/keeper.ts';
import { emptyLog } from '../store/pragmas.ts';
import { inTransaction } from '../store/transaction.ts';
import {
  computeIdAt,
  readPlacesBefore,
  readPlacesOf,
  removePlaces,
  removeSessions,
} from './table.ts';
import type { IndexedSession } from './table-sessions.ts';
import {
  dropPart,
  computePart,
  listParts,
  computePartRange,
  removeWords,
  rewritePart,
} from './table-words.ts';

/**
 * Removes sessions from the index and their words from the file, by rewriting each part that
 * contained them once.
 * @returns how many documents were removed.
 */
export function forgetIndexed(index: Database, sessions: readonly IndexedSession[]): number {
  if (sessions.length === 0) return 0;
  const ids = inTransaction(index, () => {
    const removed = removeSessions(index, sessions);
    for (const part of removeFromParts(index, removed)) rewritePart(index, part);
    return removed;
  });
  if (ids.length === 0) return 0;
  while (vacuumPages(index));
  emptyLog(index);
  return ids.length;
}

/**
 * Takes texts of a session out of the index, which are there under another reference now.
 * @param refs As `computeRef` makes them.
 */
export function forgetTexts(
  index: Database,
  session: IndexedSession,
  refs: readonly number[],
): void {
  if (refs.length === 0) return;
  inTransaction(index, () => {
    const ids = readPlacesOf(index, session, refs);
    removeFromParts(index, ids);
    for (const id of ids) removePlaces(index, id, id);
  });
}

/** Documents that are deleted in one transaction. */
const AT_ONCE = 5_000;

/**
 * Takes out what is from before a time. Parts that are older as a whole go at once. @returns how
 * many documents went.
 */
export function forgetBefore(index: Database, before: number): number {
  const first = computeIdAt(before);
  let count = 0;
  for (const part of listParts(index)) {
    const [from, to] = computePartRange(part);
    if (to >= first) continue;
    count += inTransaction(index, () => {
      dropPart(index, part);
      return removePlaces(index, from, to);
    });
  }
  for (;;) {
    const ids = readPlacesBefore(index, first, AT_ONCE);
    const last = ids.at(-1);
    if (last === undefined) return count;
    count += inTransaction(index, () => {
      removeFromParts(index, ids);
      return removePlaces(index, 0, last);
    });
  }
}

function removeFromParts(index: Database, ids: readonly number[]): ReadonlySet<number> {
  const there = new Set(listParts(index));
  const parts = new Set(ids.map(computePart).filter((part) => there.has(part)));
  for (const part of parts)
    removeWords(
      index,
      part,
      ids.filter((id) => computePart(id) === part),
    );
  return parts;
}

import type { Database } from '../store/database.ts';
import { giveBackPages } from '../store/keeper.ts';
import { emptyLog } from '../store/pragmas.ts';
import { inTransaction } from '../store/transaction.ts';
import { type IndexedSession, idAt, placesBefore, removePlaces, removeSession } from './table.ts';
import { dropPart, partOf, partsOf, rangeOf, removeWords, rewritePart } from './table-words.ts';

/** Takes a session out of the index, and its words out of the file: the parts in which they were are written anew. @returns how many documents went. */
export function forgetIndexed(index: Database, session: IndexedSession): number {
  const ids = inTransaction(index, () => {
    const removed = removeSession(index, session);
    for (const part of removeFromParts(index, removed)) rewritePart(index, part);
    return removed;
  });
  if (ids.length === 0) return 0;
  while (giveBackPages(index));
  emptyLog(index);
  return ids.length;
}

/** Documents that are deleted in one transaction. */
const AT_ONCE = 5_000;

/** Takes out what is from before a time. Parts that are older as a whole go at once. @returns how many documents went. */
export function forgetBefore(index: Database, before: number): number {
  const first = idAt(before);
  let count = 0;
  for (const part of partsOf(index)) {
    const [from, to] = rangeOf(part);
    if (to >= first) continue;
    count += inTransaction(index, () => {
      dropPart(index, part);
      return removePlaces(index, from, to);
    });
  }
  for (;;) {
    const ids = placesBefore(index, first, AT_ONCE);
    const last = ids.at(-1);
    if (last === undefined) return count;
    count += inTransaction(index, () => {
      removeFromParts(index, ids);
      return removePlaces(index, 0, last);
    });
  }
}

function removeFromParts(index: Database, ids: readonly number[]): ReadonlySet<number> {
  const there = new Set(partsOf(index));
  const parts = new Set(ids.map(partOf).filter((part) => there.has(part)));
  for (const part of parts)
    removeWords(
      index,
      part,
      ids.filter((id) => partOf(id) === part),
    );
  return parts;
}

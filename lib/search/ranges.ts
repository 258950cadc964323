import type { Database } from '../store/database.ts';
import type { FindFilter } from './find-filter.ts';
import { computeIdAt } from './table.ts';
import { indexedSession } from './table-sessions.ts';
import { computePart, computePartRange, listParts } from './table-words.ts';

/** A stretch of the index, within one part. */
export interface Range {
  readonly part: number;
  readonly from: number;
  readonly to: number;
  /** Number of the one session that counts. */
  readonly session?: number;
}

/** Stretches of the index, the latest first. */
export function rangesOf(database: Database, { since, sessions }: FindFilter): readonly Range[] {
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

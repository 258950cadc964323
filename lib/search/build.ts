import type { Database } from '../store/database.ts';
import { inTransaction } from '../store/transaction.ts';
import { forgetIndexed } from './forget.ts';
import { indexSession } from './index-session.ts';
import { indexedSessions } from './table-sessions.ts';
import { mergePart, listParts, findUnmergedPart } from './table-words.ts';
import type { RowRounds } from './row-rounds.ts';
import { listSourceSigns } from './table-sources.ts';

export interface BuildParts {
  /** Read alone. */
  readonly store: Database;
  readonly index: Database;
  /** The folder `archive` of the state folder. */
  readonly archive: string;
  /** Asked before each step; ends the work when it says no. */
  readonly canContinue: () => Promise<boolean> | boolean;
  readonly onProgress?: (progress: BuildProgress) => void;
  /** Puts off the rows of sessions at work; without it, all are compared. */
  readonly rounds?: RowRounds;
}

export interface BuildProgress {
  readonly sessions: number;
  readonly allSessions: number;
  readonly documents: number;
  readonly bytes: number;
}

/** Transactions of one step: some 50 ms. */
const STEP = 2;

/**
 * Brings the index up to date with the store: sessions that changed, the latest first, and those
 * that are gone.
 * @returns whether it is done.
 */
export async function buildIndex(parts: BuildParts): Promise<boolean> {
  const { store, index, canContinue, onProgress } = parts;
  const signs = listSourceSigns(store);
  if (!(await removeGone(parts, signs))) return false;
  const seen = new Map(indexedSessions(index).map((session) => [session.id, session.seen]));
  const changed = signs.filter((sign) => seen.get(sign.id) !== sign.seen);
  let [sessions, documents, bytes] = [0, 0, 0];
  for (const { id } of changed) {
    for (let more = true; more; ) {
      if (!(await canContinue())) return false;
      const step = indexSession(parts, id, STEP);
      documents += step.documents;
      bytes += step.bytes;
      more = step.more;
      onProgress?.({ sessions, allSessions: changed.length, documents, bytes });
    }
    sessions += 1;
  }
  onProgress?.({ sessions, allSessions: changed.length, documents, bytes });
  return await tidyParts(parts);
}

/** Each round rewrites the parts that contained them. */
const GONE_AT_ONCE = 100;

/**
 * Sessions that were forgotten leave no word in the file. Of those that went by age the keeper has
 * taken the documents out before.
 */
async function removeGone(
  { index, canContinue }: BuildParts,
  signs: ReadonlyArray<{ readonly id: string }>,
): Promise<boolean> {
  const known = new Set(signs.map(({ id }) => id));
  const gone = indexedSessions(index).filter(({ id }) => !known.has(id));
  for (let from = 0; from < gone.length; from += GONE_AT_ONCE) {
    if (!(await canContinue())) return false;
    forgetIndexed(index, gone.slice(from, from + GONE_AT_ONCE));
  }
  return true;
}

/** Merges parts that are over: those before the one of the latest document. */
async function tidyParts({
  index,
  canContinue,
}: Pick<BuildParts, 'index' | 'canContinue'>): Promise<boolean> {
  const current = listParts(index)[0] ?? 0;
  for (;;) {
    const part = findUnmergedPart(index, current);
    if (part === undefined) return true;
    if (!(await canContinue())) return false;
    inTransaction(index, () => mergePart(index, part));
  }
}

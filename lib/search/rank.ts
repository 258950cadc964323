import { DAY_MS } from '../core/clock.ts';
import { groupBy } from '../core/group-by.ts';
import type { Database } from '../store/database.ts';
import { KINDS, readPlaceHeads, timeOfId } from './table.ts';

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

/** Of more matches the latest are ranked. */
export const MAX_RANKED = 5_000;

/**
 * Documents whose kind and own time are looked up: what is behind them by age and place is not
 * shown.
 */
export const MAX_HEADS = 750;

/** After this time a match is worth half of what it was. */
const HALF_LIFE_MS = 30 * DAY_MS;

const WORTH = {
  near: 1,
  certain: 0.6,
  kinds: { title: 0.6, prompt: 0.5, answer: 0.3, command: 0.2, file: 0.2 },
};

/** What tells matches apart before their own rows are read. */
export interface Signs {
  readonly certain: ReadonlyMap<number, boolean>;
  readonly close: ReadonlySet<number>;
  readonly now: number;
}

/**
 * One match per text: a copy of it in another session, which came later, is left out. @param ids
 * The latest first.
 */
export function rank(database: Database, ids: readonly number[], signs: Signs): readonly Match[] {
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

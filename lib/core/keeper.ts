import type { Sliced } from './sliced.ts';

/** How much there is of one kind of data. */
export interface Size {
  /** Rows, files, or folders that go as one. */
  readonly count: number;
  /** Bytes of their content: what an index or a half-empty page takes is not in it. */
  readonly bytes: number;
}

/** What a prune would delete. */
export interface Doomed extends Size {
  /** Milliseconds since the epoch; `null` when nothing goes, or when what goes has no time. */
  readonly oldest: number | null;
}

/** What has to go. */
export interface Budget {
  /** Everything from before this time, in milliseconds since the epoch. */
  readonly before: number;
  /** So many bytes beyond that, the oldest first; 0 while the whole is within its budget. */
  readonly excess: number;
  /** What is younger never goes for the excess. */
  readonly youngest: number;
}

/** What goes of one kind, decided and not yet done. */
export interface Plan {
  readonly kind: string;
  /** Counts what {@link prune} deletes. Costs a scan, so it is separate. */
  measure(): Sliced<Doomed>;
  /** Deletes it, and nothing that has changed or come since. @returns how many went. */
  prune(): number;
}

/** Looks after one kind of data. Its owner describes the kind; `lib/retention` has the list. */
export interface Keeper {
  /** Its first part is the part of the disk that it counts to: `log/events` to `log`. */
  readonly name: string;
  /** Costs a scan of all of it. */
  size(): Sliced<Size>;
  plan(budget: Budget, now: number): Sliced<Plan>;
  /** Deletes what belongs to one session. @returns how many went. */
  forget(session: string): number;
}

export const NOTHING: Doomed = { count: 0, bytes: 0, oldest: null };

/** Adds up; the oldest is the oldest of all. */
export function addUp(parts: readonly Doomed[]): Doomed {
  return parts.reduce(
    (sum, { count, bytes, oldest }) => ({
      count: sum.count + count,
      bytes: sum.bytes + bytes,
      oldest: oldest === null ? sum.oldest : Math.min(oldest, sum.oldest ?? oldest),
    }),
    NOTHING,
  );
}

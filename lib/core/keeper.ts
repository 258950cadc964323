import type { Sliced } from './sliced.ts';

/** The amount of one kind of data. */
export interface Size {
  /** Rows, files, or groups of files that are deleted together. */
  readonly count: number;
  /** Bytes of their content. Does not include indexes and half-empty pages. */
  readonly bytes: number;
}

/** The amount that a prune would delete. */
export interface Deletable extends Size {
  /**
   * Milliseconds since the epoch; `null` if nothing would be deleted, or if the data has no time.
   */
  readonly oldest: number | null;
}

/** What must be deleted. */
export interface Budget {
  /** Delete what serves current work and is older than this, in milliseconds since the epoch. */
  readonly before: number;
  /**
   * Delete history (sessions, and what was said and called in them) that is older than this. Never
   * later than `before`.
   */
  readonly historyBefore: number;
  /**
   * Bytes to delete beyond that, the oldest data first; 0 while everything fits into the budget.
   */
  readonly excess: number;
  /** Data younger than this is never deleted for the excess. */
  readonly youngest: number;
}

/** A decided deletion of one kind of data, not yet done. */
export interface Plan {
  readonly kind: string;
  /** Counts what {@link prune} would delete. Separate because it costs a scan. */
  measure(): Sliced<Deletable>;
  /**
   * Deletes it, except what changed or appeared since.
   * @returns how many were deleted.
   */
  prune(): number;
}

/**
 * Reports the size of one kind of data, and prunes it. Its owner describes the kind;
 * `lib/retention` has the list.
 */
export interface Keeper {
  /** Its first part names the area on disk to which it counts: `log/events` counts to `log`. */
  readonly name: string;
  /** Costs a full scan. */
  size(): Sliced<Size>;
  plan(budget: Budget, now: number): Sliced<Plan>;
  /**
   * Deletes everything that belongs to these sessions, in one pass for any number of them.
   * @returns how many were deleted.
   */
  forget(sessions: ReadonlySet<string>): number;
}

export const NOTHING_DELETABLE: Deletable = { count: 0, bytes: 0, oldest: null };

/** Adds up sizes. `oldest` is the minimum. */
export function sumDeletable(parts: readonly Deletable[]): Deletable {
  return parts.reduce(
    (sum, { count, bytes, oldest }) => ({
      count: sum.count + count,
      bytes: sum.bytes + bytes,
      oldest: oldest === null ? sum.oldest : Math.min(oldest, sum.oldest ?? oldest),
    }),
    NOTHING_DELETABLE,
  );
}

import type { SqlValue } from './database.ts';

/** What becomes of a column when a row is told again. The outcome depends on what was told, never on its order. */
export interface TableDefinition {
  readonly table: string;
  /** A row that tells its key alone says that it is a member of the table. */
  readonly key: readonly string[];
  /** Columns that the first write of a row fills and no later one changes. */
  readonly once?: readonly string[];
  /** Columns that merge alone; NULL says nothing. */
  readonly least?: readonly string[];
  readonly greatest?: readonly string[];
  /**
   * Columns that are told together or not at all, and replaced together by a later account: the first is the time, the others break ties in
   * the order in which they stand. NULL is a value here: it says that there is none.
   */
  readonly latest?: ReadonlyArray<readonly [time: string, ...others: string[]]>;
  /** The same, kept of the account that comes first in this order. Here the time must not be NULL: a row without one was not told. */
  readonly earliest?: ReadonlyArray<readonly [time: string, ...others: string[]]>;
  /**
   * Columns that every write replaces, so that the order of writes matters: only for what one process writes and no other machine needs, such
   * as how far a file was read.
   */
  readonly replaced?: readonly string[];
}

/** A row as one source tells it. A column that it leaves out is not told, and stays as it is. */
export interface Write {
  readonly into: TableDefinition;
  readonly row: Readonly<Record<string, SqlValue>>;
}

/** A row that goes. What was told before it is gone; what is told after it makes the row anew. */
export interface Removal {
  readonly from: TableDefinition;
  readonly key: Readonly<Record<string, SqlValue>>;
}

export type Change = Write | Removal;

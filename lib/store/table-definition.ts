import type { SqlValue } from './database.ts';

/**
 * How the columns of a table merge when a row is written again. The result depends on what was
 * written, never on the order.
 */
export interface TableDefinition {
  readonly table: string;
  /** A write that sets only the key makes the row a member of the table. */
  readonly key: readonly string[];
  /** Columns that the first write of a row sets and later ones never change. */
  readonly once?: readonly string[];
  /** Columns that merge independently. NULL says nothing. */
  readonly least?: readonly string[];
  readonly greatest?: readonly string[];
  /**
   * Columns that are set together or not at all, and replaced together by a later write. The first
   * is the time, the others break ties in the listed order. NULL is a value here: known to be none.
   */
  readonly latest?: ReadonlyArray<readonly [time: string, ...others: string[]]>;
  /**
   * The same, but the earliest write wins. The time must not be NULL: a row without a time has no
   * tuple.
   */
  readonly earliest?: ReadonlyArray<readonly [time: string, ...others: string[]]>;
  /**
   * Columns that every write replaces, so that the order of writes matters. Only for what one
   * process writes and no other machine needs, such as how far a file was read.
   */
  readonly replaced?: readonly string[];
}

/** A row as one source writes it. Columns that it leaves out stay unchanged. */
export interface Write {
  readonly into: TableDefinition;
  readonly row: Readonly<Record<string, SqlValue>>;
}

/** A row to delete. Deletes what was written before it; later writes create the row again. */
export interface Removal {
  readonly from: TableDefinition;
  readonly key: Readonly<Record<string, SqlValue>>;
}

export type Change = Write | Removal;

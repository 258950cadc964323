import type { Row } from './database.ts';
import type { Change, TableDefinition } from './table-definition.ts';

/** The difference between new and stored rows of a derivation. */
export interface Replacement {
  /** The changes that turn the stored rows into the derived ones. Empty if they are equal. */
  readonly changes: readonly Change[];
  /** Stored rows that are no longer derived, or derived with other values. */
  readonly gone: readonly Row[];
  /** Rows that are new or changed. */
  readonly come: readonly Row[];
}

/**
 * Replaces the rows of an owner with newly derived ones. A derivation reads facts and returns all
 * rows of its owner, so the result depends on the facts alone and not on their order, and a row
 * without a reason is deleted.
 * @param stored All rows of the owner, and no others. They may have more columns than the derived
 * ones.
 * @param derived Rows with distinct keys and the same columns.
 */
export function replaceRows(
  definition: TableDefinition,
  stored: readonly Row[],
  derived: readonly Row[],
): Replacement {
  const { key } = definition;
  const wanted = new Map(derived.map((row) => [nameOf(row, key), row]));
  const known = new Map(stored.map((row) => [nameOf(row, key), row]));
  const differs = (one: Row, other: Row | undefined): boolean =>
    other === undefined || Object.keys(one).some((column) => one[column] !== other[column]);
  const come = [...wanted].flatMap(([name, row]) => (differs(row, known.get(name)) ? [row] : []));
  const gone = [...known].flatMap(([name, row]) => {
    const now = wanted.get(name);
    return now === undefined || differs(now, row) ? [row] : [];
  });
  return {
    changes: [
      ...gone.map((row) => ({ from: definition, key: keyOf(row, key) })),
      ...come.map((row) => ({ into: definition, row })),
    ],
    gone,
    come,
  };
}

function keyOf(row: Row, key: readonly string[]): Row {
  return Object.fromEntries(key.map((column) => [column, row[column] ?? null]));
}

function nameOf(row: Row, key: readonly string[]): string {
  return JSON.stringify(key.map((column) => row[column]));
}

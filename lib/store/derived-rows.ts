import type { Row } from './database.ts';
import type { Change, TableDefinition } from './table-definition.ts';

/** How the rows of a derivation differ from those that it left the last time. */
export interface Replacement {
  /** What makes the stored rows those that were derived. Empty when they are. */
  readonly changes: readonly Change[];
  /** Rows that were stored and are not derived any more, or derived otherwise. */
  readonly gone: readonly Row[];
  /** Rows that are new, or other ones than before. */
  readonly come: readonly Row[];
}

/**
 * A derivation reads facts and returns all rows of its owner: these replace those from before. So the outcome depends on the facts alone, not on
 * the order in which they came, and a row whose reason was withdrawn goes.
 * @param stored All rows of the owner, by a query that reads nothing of others. They may have more columns than the derived ones.
 * @param derived With distinct keys; all have the same columns.
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

import type { ColumnType, TableShape } from './table-shape.ts';

/** Where rows of all hosts are; what people and queries read are views on it. */
export const ROWS = 'waymark_rows';

/** A name as an identifier: some columns have names that PostgreSQL reserves, such as `offset`. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function rowsTable(table: string): string {
  return `${ROWS}.${quoted(table)}`;
}

const known = new WeakMap<TableShape, Map<string, string>>();

/**
 * The statement that merges rows by the rules of their table: $1 is the rows as a JSON list, each
 * with its host and these columns. However many rows there are, its text is the same.
 */
export function mergeRowsSql(shape: TableShape, columns: readonly string[]): string {
  return kept(shape, columns.join(), () => composeMerge(shape, columns));
}

/** The statement that removes rows by their hosts and keys ($1, a JSON list). */
export function removeRowsSql(shape: TableShape): string {
  return kept(shape, 'removal', () => {
    const { table, key } = shape.definition;
    const isIt = key.map((name) => `t.${quoted(name)} = x.${quoted(name)}`).join(' AND ');
    return `DELETE FROM ${rowsTable(table)} AS t USING ${recordSet(shape, key)} WHERE t.host = x.host AND ${isIt}`;
  });
}

function kept(shape: TableShape, name: string, compose: () => string): string {
  const texts = known.get(shape) ?? new Map<string, string>();
  known.set(shape, texts);
  const text = texts.get(name) ?? compose();
  texts.set(name, text);
  return text;
}

function recordSet(shape: TableShape, columns: readonly string[]): string {
  const typed = columns.map((name) => `${quoted(name)} ${typeOf(shape, name)}`);
  return `json_to_recordset($1::json) AS x(host text, ${typed.join(', ')})`;
}

function typeOf({ columns }: TableShape, name: string): ColumnType {
  return columns.find((column) => column.name === name)?.type ?? 'text';
}

function composeMerge(shape: TableShape, columns: readonly string[]): string {
  const { table, key } = shape.definition;
  const names = columns.map(quoted).join(', ');
  const changes = changesOf(shape, columns);
  const merge = changes.length === 0 ? 'NOTHING' : `UPDATE SET ${changes.join(', ')}`;
  return `INSERT INTO ${rowsTable(table)} AS t (host, ${names})
    SELECT x.host, ${columns.map((name) => `x.${quoted(name)}`).join(', ')} FROM ${recordSet(shape, columns)}
    ON CONFLICT (host, ${key.map(quoted).join(', ')}) DO ${merge}`;
}

function changesOf(shape: TableShape, columns: readonly string[]): readonly string[] {
  const { least = [], greatest = [], replaced = [] } = shape.definition;
  const { latest = [], earliest = [] } = shape.definition;
  const told = new Set(columns);
  const isTold = ([first]: readonly [string, ...string[]]): boolean => told.has(first);
  const alone = (names: readonly string[], value: (name: string) => string) =>
    names.filter((name) => told.has(name)).map((name) => `${quoted(name)} = ${value(name)}`);
  // LEAST and GREATEST leave NULL out, as the rules want it
  const pick = (rule: string) => (name: string) =>
    `${rule}(t.${quoted(name)}, excluded.${quoted(name)})`;
  const exchange = (tuple: readonly string[], isWanted: string) =>
    tuple.map(
      (name) =>
        `${quoted(name)} = CASE WHEN ${isWanted} THEN excluded.${quoted(name)} ELSE t.${quoted(name)} END`,
    );
  return [
    ...alone(least, pick('LEAST')),
    ...alone(greatest, pick('GREATEST')),
    ...alone(replaced, (name) => `excluded.${quoted(name)}`),
    ...latest.filter(isTold).flatMap((tuple) => exchange(tuple, isLater(shape, tuple))),
    ...earliest.filter(isTold).flatMap((tuple) => exchange(tuple, isEarlier(shape, tuple))),
  ];
}

function isLater(shape: TableShape, tuple: readonly string[]): string {
  return `${ordered(shape, 'excluded', tuple)} > ${ordered(shape, 't', tuple)}`;
}

/** Returns a condition whether the new tuple is earlier. A row without a time has no tuple yet. */
function isEarlier(shape: TableShape, tuple: readonly [string, ...string[]]): string {
  const isUntold = `t.${quoted(tuple[0])} IS NULL`;
  return `(${isUntold} OR ${ordered(shape, 'excluded', tuple)} < ${ordered(shape, 't', tuple)})`;
}

/** A comparison with NULL is neither true nor false: here NULL comes before every value. */
function ordered(shape: TableShape, row: string, tuple: readonly string[]): string {
  const parts = tuple.map((name) => {
    const column = `${row}.${quoted(name)}`;
    const nothing = typeOf(shape, name) === 'text' ? "''" : '0';
    return `${column} IS NOT NULL, coalesce(${column}, ${nothing})`;
  });
  return `(${parts.join(', ')})`;
}

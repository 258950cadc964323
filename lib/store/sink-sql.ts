import type { TableDefinition } from './table-definition.ts';

const known = new WeakMap<TableDefinition, Map<string, string>>();

/** Returns the statement that merges `rows` rows with these columns into a table. */
export function mergeSql(
  definition: TableDefinition,
  columns: readonly string[],
  rows: number,
): string {
  return cachedSql(definition, `${rows} ${columns.join()}`, () =>
    composeSql(definition, columns, rows),
  );
}

/** Returns the statement that deletes the row of one key. */
export function removeSql(definition: TableDefinition): string {
  const { table, key } = definition;
  const isIt = key.map((column) => `${column} = ?`).join(' AND ');
  return cachedSql(definition, 'removal', () => `DELETE FROM ${table} WHERE ${isIt}`);
}

/** Caches the statement text: composing it costs more than running it. */
function cachedSql(definition: TableDefinition, name: string, compose: () => string): string {
  const texts = known.get(definition) ?? new Map<string, string>();
  known.set(definition, texts);
  const text = texts.get(name) ?? compose();
  texts.set(name, text);
  return text;
}

function composeSql(definition: TableDefinition, columns: readonly string[], rows: number): string {
  const { table, key, least = [], greatest = [], replaced = [] } = definition;
  const { latest = [], earliest = [] } = definition;
  const written = new Set(columns);
  const isWritten = ([first]: readonly [string, ...string[]]): boolean => written.has(first);
  const changes = [
    ...least.filter((column) => written.has(column)).map((column) => pick('min', table, column)),
    ...greatest.filter((column) => written.has(column)).map((column) => pick('max', table, column)),
    ...latest.filter(isWritten).flatMap((tuple) => exchange(table, tuple, isLater(table, tuple))),
    ...earliest
      .filter(isWritten)
      .flatMap((tuple) => exchange(table, tuple, isEarlier(table, tuple))),
    ...replaced.filter((column) => written.has(column)).map((name) => `${name} = excluded.${name}`),
  ];
  const merge = changes.length === 0 ? 'NOTHING' : `UPDATE SET ${changes.join(', ')}`;
  const row = `(${columns.map(() => '?').join(', ')})`;
  const values = Array.from({ length: rows }, () => row).join(', ');
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${values}
    ON CONFLICT (${key.join(', ')}) DO ${merge}`;
}

function pick(rule: 'min' | 'max', table: string, column: string): string {
  const [old, written] = [`${table}.${column}`, `excluded.${column}`];
  return `${column} = ${rule}(coalesce(${old}, ${written}), coalesce(${written}, ${old}))`;
}

function exchange(table: string, tuple: readonly string[], isWanted: string): readonly string[] {
  return tuple.map(
    (column) =>
      `${column} = CASE WHEN ${isWanted} THEN excluded.${column} ELSE ${table}.${column} END`,
  );
}

function isLater(table: string, tuple: readonly string[]): string {
  return `${ordered('excluded', tuple)} > ${ordered(table, tuple)}`;
}

/** Returns a condition whether the new tuple is earlier. A row without a time has no tuple yet. */
function isEarlier(table: string, tuple: readonly [string, ...string[]]): string {
  return `(${table}.${tuple[0]} IS NULL OR ${ordered('excluded', tuple)} < ${ordered(table, tuple)})`;
}

/**
 * Returns SQL for comparing tuples. A comparison with NULL is neither true nor false; here NULL
 * sorts before every value.
 */
function ordered(row: string, tuple: readonly string[]): string {
  return `(${tuple.map((column) => `${row}.${column} IS NOT NULL, coalesce(${row}.${column}, 0)`).join(', ')})`;
}

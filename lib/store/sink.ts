import type { Database, SqlValue } from './database.ts';

/** What becomes of a column when a row is told again. The outcome depends on what was told, never on its order. */
export interface TableDefinition {
  readonly table: string;
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
}

/** A row as one source tells it. A column that it leaves out is not told, and stays as it is. */
export interface Write {
  readonly into: TableDefinition;
  readonly row: Readonly<Record<string, SqlValue>>;
}

/**
 * Applies writes, inside the transaction of the caller.
 * @throws when a write tells no key, a part of a tuple, or a column that the definition does not have.
 */
export function applyWrites(database: Database, writes: readonly Write[]): void {
  for (const { into, row } of writes) {
    const columns = Object.keys(row).sort();
    database.prepare(mergeSql(into, columns)).run(...columns.map((column) => row[column] ?? null));
  }
}

const known = new WeakMap<TableDefinition, Map<string, string>>();

function mergeSql(definition: TableDefinition, columns: readonly string[]): string {
  const texts = known.get(definition) ?? new Map<string, string>();
  known.set(definition, texts);
  const told = columns.join();
  const text = texts.get(told) ?? composeSql(definition, new Set(columns));
  texts.set(told, text);
  return text;
}

function composeSql(definition: TableDefinition, told: ReadonlySet<string>): string {
  const { table, key, least = [], greatest = [], latest = [] } = definition;
  check(definition, told);
  const columns = [...told];
  const tuples = latest.filter(([time]) => told.has(time));
  const changes = [
    ...least.filter((column) => told.has(column)).map((column) => pick('min', table, column)),
    ...greatest.filter((column) => told.has(column)).map((column) => pick('max', table, column)),
    ...tuples.flatMap((tuple) => tuple.map((column) => laterOf(table, tuple, column))),
  ];
  const merge = changes.length === 0 ? 'NOTHING' : `UPDATE SET ${changes.join(', ')}`;
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (${key.join(', ')}) DO ${merge}`;
}

function pick(rule: 'min' | 'max', table: string, column: string): string {
  const [old, told] = [`${table}.${column}`, `excluded.${column}`];
  return `${column} = ${rule}(coalesce(${old}, ${told}), coalesce(${told}, ${old}))`;
}

function laterOf(table: string, tuple: readonly string[], column: string): string {
  return `${column} = CASE WHEN ${ordered('excluded', tuple)} > ${ordered(table, tuple)} THEN excluded.${column} ELSE ${table}.${column} END`;
}

/** A comparison with NULL is neither true nor false: here NULL comes before every value. */
function ordered(row: string, tuple: readonly string[]): string {
  return `(${tuple.map((column) => `${row}.${column} IS NOT NULL, coalesce(${row}.${column}, 0)`).join(', ')})`;
}

function check(definition: TableDefinition, told: ReadonlySet<string>): void {
  const { table, key, once = [], least = [], greatest = [], latest = [] } = definition;
  const columns = new Set([...key, ...once, ...least, ...greatest, ...latest.flat()]);
  const foreign = [...told].find((column) => !columns.has(column));
  if (foreign !== undefined) throw new Error(`Cannot write ${table}: it has no ${foreign}`);
  for (const group of [key, ...latest]) {
    const missing = group.filter((column) => !told.has(column));
    if (missing.length > 0 && (group === key || missing.length < group.length))
      throw new Error(`Cannot write ${table}: ${missing.join(', ')} must be told, too`);
  }
}

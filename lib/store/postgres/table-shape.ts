import type { Database } from '../database.ts';
import type { TableDefinition } from '../table-definition.ts';

/** The types of PostgreSQL that shared columns have. */
export type ColumnType = 'bigint' | 'double precision' | 'text';

export interface ColumnShape {
  readonly name: string;
  readonly type: ColumnType;
  readonly isRequired: boolean;
  /** SQL of the default. */
  readonly fallback: string | undefined;
  /** SQL of which the column is computed. */
  readonly derived: string | undefined;
}

/** What a shared table looks like, apart from the host that PostgreSQL puts in front of its key. */
export interface TableShape {
  readonly definition: TableDefinition;
  /** In the order of the store. */
  readonly columns: readonly ColumnShape[];
  /**
   * Columns of each index of the store, in its order; `where` is the condition of a partial one.
   */
  readonly indexes: readonly IndexShape[];
}

/** A shared table, and how its rows are found and shown. */
export interface SharedTable {
  readonly shape: TableShape;
  /** The column with the session of a row; `undefined`: it belongs to none. */
  readonly session: string | undefined;
  /** Whether its rows are kept in partitions by the month of this column, which the key has. */
  readonly month?: string;
  /**
   * Whether several machines may know the same key, so that who reads is shown one row, merged by
   * the rules of the table.
   */
  readonly isCommon?: boolean;
  /** Columns that stay on the machine: a reader finds them unknown. */
  readonly unshared?: readonly ColumnShape[];
}

export interface IndexShape {
  readonly name: string;
  readonly columns: readonly string[];
  readonly where: string | undefined;
}

/**
 * Reads the shape of a table from a store that has the current schema, so that PostgreSQL never
 * differs from it. Columns that the definition does not name are replaced by every write.
 * @param leftOut Columns that no other machine needs.
 */
export function tableShape(
  store: Database,
  definition: TableDefinition,
  leftOut: readonly string[] = [],
): TableShape {
  const sql = textOf(store, 'table', definition.table);
  const columns = store
    .prepare('SELECT name, type, "notnull", dflt_value FROM pragma_table_xinfo(?) ORDER BY cid')
    .all(definition.table)
    .filter(({ name }) => !leftOut.includes(String(name)))
    .map(
      (row): ColumnShape => ({
        name: String(row['name']),
        type: columnType(String(row['type'])),
        isRequired: row['notnull'] === 1 || definition.key.includes(String(row['name'])),
        fallback: row['dflt_value'] === null ? undefined : String(row['dflt_value']),
        derived: derivationOf(sql, String(row['name'])),
      }),
    );
  const names = new Set(columns.map(({ name }) => name));
  return {
    definition: completed(onlyOf(definition, names), columns),
    columns,
    indexes: indexesOf(store, definition.table).filter(({ columns: of }) =>
      of.every((name) => names.has(name)),
    ),
  };
}

/** The names of the tables of a store. */
export function storeTables(store: Database): readonly string[] {
  return store
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'fleet_%' ORDER BY name",
    )
    .all()
    .map(({ name }) => String(name));
}

/** Columns of a shape that writes may tell. */
export function toldColumns({ columns }: TableShape): readonly ColumnShape[] {
  return columns.filter(({ derived }) => derived === undefined);
}

function columnType(declared: string): ColumnType {
  if (declared.startsWith('INTEGER')) return 'bigint';
  return declared.startsWith('REAL') ? 'double precision' : 'text';
}

function derivationOf(sql: string, column: string): string | undefined {
  const line = new RegExp(`^\\s*${column}\\s+\\w+ GENERATED ALWAYS AS \\((.*)\\) VIRTUAL,?$`, 'm');
  return line.exec(sql)?.[1];
}

function textOf(store: Database, type: 'table' | 'index', name: string): string {
  const row = store
    .prepare('SELECT sql FROM sqlite_schema WHERE type = ? AND name = ?')
    .get(type, name);
  return String(row?.['sql'] ?? '');
}

function indexesOf(store: Database, table: string): readonly IndexShape[] {
  return store
    .prepare("SELECT name FROM pragma_index_list(?) WHERE origin = 'c' ORDER BY name")
    .all(table)
    .map(({ name }) => ({
      name: String(name),
      columns: store
        .prepare('SELECT name FROM pragma_index_info(?) ORDER BY seqno')
        .all(String(name))
        .map((row) => String(row['name'])),
      where: / WHERE (.*)$/.exec(textOf(store, 'index', String(name)))?.[1],
    }));
}

/** Without tuples and columns that are left out. */
function onlyOf(definition: TableDefinition, names: ReadonlySet<string>): TableDefinition {
  const kept = (columns: readonly string[] = []) => columns.filter((name) => names.has(name));
  const whole = (tuples: TableDefinition['latest'] = []) =>
    tuples.filter((tuple) => tuple.every((name) => names.has(name)));
  return {
    table: definition.table,
    key: definition.key,
    once: kept(definition.once),
    least: kept(definition.least),
    greatest: kept(definition.greatest),
    latest: whole(definition.latest),
    earliest: whole(definition.earliest),
    replaced: kept(definition.replaced),
  };
}

function completed(definition: TableDefinition, columns: readonly ColumnShape[]): TableDefinition {
  const { key, once = [], least = [], greatest = [], replaced = [] } = definition;
  const { latest = [], earliest = [] } = definition;
  const named = new Set([key, once, least, greatest, replaced, ...latest, ...earliest].flat());
  const others = columns.filter(({ name, derived }) => derived === undefined && !named.has(name));
  return { ...definition, replaced: [...replaced, ...others.map(({ name }) => name)] };
}

import type { Database, SqlValue } from './database.ts';
import { storeFaultOf } from './store-fault.ts';

export interface InsertShape {
  readonly table: string;
  /** The first column is the returned key. The table must reject duplicates and NULL in it. */
  readonly columns: readonly string[];
  /** Skips rows for which this condition is true; `column1`, `column2`, … are the values. */
  readonly unless?: string;
}

type Rows = ReadonlyArray<readonly SqlValue[]>;

/** Rows per statement, largest first: a call into SQLite costs more than inserting a row. */
const CHUNKS = [64, 16, 4, 1] as const;

/**
 * Inserts rows, several per statement. Skips rows whose key exists.
 * @returns the keys of the inserted rows, each once.
 */
export function insertMany(
  database: Database,
  shape: InsertShape,
  rows: Rows,
): ReadonlySet<string> {
  const inserted = new Set<string>();
  let at = 0;
  for (const size of CHUNKS) {
    for (; rows.length - at >= size; at += size) {
      const chunk = rows.slice(at, at + size);
      const values = chunk.flat();
      if (insertAllNew(database, shape, size, values))
        for (const [key] of chunk) inserted.add(String(key));
      else
        for (const row of database.prepare(insertSql(shape, size, 'new ones')).all(...values))
          inserted.add(String(row[shape.columns[0] ?? '']));
    }
  }
  return inserted;
}

/**
 * Inserts rows that are all new, which is the usual case and costs half, because no key has to be
 * read back. If one is not new, SQLite undoes the whole statement.
 * @returns whether all rows were inserted; none is otherwise.
 */
function insertAllNew(
  database: Database,
  shape: InsertShape,
  size: number,
  values: readonly SqlValue[],
): boolean {
  try {
    database.prepare(insertSql(shape, size, 'all')).run(...values);
    return true;
  } catch (error) {
    const fault = storeFaultOf(error);
    if (fault !== undefined) throw fault;
    return false; // A row that is invalid by itself fails again when it is inserted alone.
  }
}

type Manner = 'all' | 'new ones';

const known = new WeakMap<InsertShape, Map<string, string>>();

function insertSql(shape: InsertShape, size: number, manner: Manner): string {
  const texts = known.get(shape) ?? new Map<string, string>();
  known.set(shape, texts);
  const key = `${size} ${manner}`;
  const text = texts.get(key) ?? composeSql(shape, size, manner);
  texts.set(key, text);
  return text;
}

function composeSql({ table, columns, unless }: InsertShape, size: number, manner: Manner): string {
  const row = `(${columns.map(() => '?').join(', ')})`;
  const tuples = Array.from({ length: size }, () => row).join(', ');
  const insert = `INSERT INTO ${table} (${columns.join(', ')})`;
  const values = `(VALUES ${tuples})`;
  if (manner === 'all') {
    if (unless === undefined) return `${insert} VALUES ${tuples}`;
    const others = columns.slice(1).map((_, index) => `column${index + 2}`);
    // A NULL key makes the statement fail.
    return `${insert} SELECT ${[`iif(${unless}, NULL, column1)`, ...others].join(', ')} FROM ${values}`;
  }
  // Without WHERE, SQLite would parse ON CONFLICT as a join.
  const where = unless === undefined ? 'true' : `NOT (${unless})`;
  return `${insert} SELECT * FROM ${values} WHERE ${where} ON CONFLICT DO NOTHING RETURNING ${columns[0] ?? ''}`;
}

import type { Database, SqlValue } from './database.ts';

export interface InsertShape {
  readonly table: string;
  /** The first one is the key that is returned. */
  readonly columns: readonly string[];
  /** Rows for which this holds are left out; `column1`, `column2`, … are the values. */
  readonly unless?: string;
}

/** Rows per statement, largest first: calling into SQLite costs more than the row that it inserts. */
const CHUNKS = [64, 16, 4, 1] as const;

/**
 * Inserts rows, several per statement, leaving out those whose key is there already.
 * @returns the keys of the rows that were inserted, each once.
 */
export function insertMany(database: Database, shape: InsertShape, rows: ReadonlyArray<readonly SqlValue[]>): ReadonlySet<string> {
  const inserted = new Set<string>();
  let at = 0;
  for (const size of CHUNKS) {
    for (; rows.length - at >= size; at += size) {
      const values = rows.slice(at, at + size).flat();
      const statement = database.prepare(insertSql(shape, size));
      for (const row of statement.all(...values)) inserted.add(String(row[shape.columns[0] ?? '']));
    }
  }
  return inserted;
}

const known = new WeakMap<InsertShape, Map<number, string>>();

function insertSql(shape: InsertShape, size: number): string {
  const texts = known.get(shape) ?? new Map<number, string>();
  known.set(shape, texts);
  const text = texts.get(size) ?? composeSql(shape, size);
  texts.set(size, text);
  return text;
}

function composeSql({ table, columns, unless }: InsertShape, size: number): string {
  const row = `(${columns.map(() => '?').join(', ')})`;
  const tuples = Array.from({ length: size }, () => row).join(', ');
  const where = unless === undefined ? 'true' : `NOT (${unless})`; // without WHERE, SQLite reads ON CONFLICT as a join
  return `INSERT INTO ${table} (${columns.join(', ')}) SELECT * FROM (VALUES ${tuples}) WHERE ${where} ON CONFLICT DO NOTHING RETURNING ${columns[0] ?? ''}`;
}

import type { SqlValue } from './database.ts';
import type { Change, TableDefinition } from './table-definition.ts';

/** Changes of one table: removals first, then writes. */
export interface Changes {
  readonly definition: TableDefinition;
  /** Keys, in the order of the definition. */
  readonly removed: ReadonlyArray<readonly SqlValue[]>;
  readonly written: readonly SameColumns[];
}

/** Rows that set the same columns. */
interface SameColumns {
  readonly columns: readonly string[];
  readonly rows: readonly WrittenRow[];
}

type WrittenRow = Readonly<Record<string, SqlValue>>;

/**
 * Merges changes of the same rows by the rules of their tables, so that a batch queries the store
 * once per row. The result is the same as applying them one by one.
 * @throws if a write has no key, sets only a part of a tuple, or sets a column that the definition
 * does not have.
 */
export function mergeChanges(changes: readonly Change[]): readonly Changes[] {
  const tables = new Map<TableDefinition, OpenChanges>();
  for (const change of changes) {
    const definition = 'from' in change ? change.from : change.into;
    let open = tables.get(definition);
    if (open === undefined) {
      open = { merger: mergerOf(definition), removed: new Map(), rows: new Map() };
      tables.set(definition, open);
    }
    if ('from' in change) remove(change.key, open);
    else write(change.row, open);
  }
  return [...tables].map(([definition, { removed, rows }]) => ({
    definition,
    removed: [...removed.values()],
    written: sameColumns(rows.values()),
  }));
}

interface OpenChanges {
  readonly merger: Merger;
  readonly removed: Map<SqlValue | undefined, readonly SqlValue[]>;
  readonly rows: Map<SqlValue | undefined, OpenRow>;
}

interface OpenRow {
  row: WrittenRow;
  columns: readonly string[];
  /** A copy of the written row, which further writes change. */
  copy: Record<string, SqlValue> | undefined;
}

function remove(written: WrittenRow, { merger, removed, rows }: OpenChanges): void {
  const { table, key } = merger.definition;
  const values = key.map((column) => {
    const value = written[column];
    if (value === undefined || value === null)
      throw new Error(`Cannot remove from ${table}: ${column} must be set, too`);
    return value;
  });
  const name = nameOf(key, written);
  rows.delete(name);
  removed.set(name, values);
}

function write(written: WrittenRow, { merger, rows }: OpenChanges): void {
  const columns = columnsOf(merger, written);
  const name = nameOf(merger.definition.key, written);
  const open = rows.get(name);
  if (open === undefined) {
    rows.set(name, { row: written, columns, copy: undefined });
    return;
  }
  open.copy ??= { ...open.row };
  open.row = open.copy;
  merge(merger, open.copy, written);
  if (columns !== open.columns) open.columns = columnsOf(merger, open.copy);
}

/** Returns a text that identifies the row of a key. */
function nameOf(key: readonly string[], row: WrittenRow): SqlValue | undefined {
  const [first = ''] = key;
  return key.length === 1 ? row[first] : JSON.stringify(key.map((column) => row[column]));
}

function merge(
  { alone, tuples }: Merger,
  known: Record<string, SqlValue>,
  written: WrittenRow,
): void {
  for (const [column, pick] of alone) {
    const [old, value] = [known[column], written[column]];
    if (value !== undefined) known[column] = old === undefined ? value : pick(old, value);
  }
  for (const { columns, isWanted } of tuples) {
    const [first] = columns;
    if (written[first] === undefined || (known[first] !== undefined && !isWanted(known, written)))
      continue;
    for (const column of columns) known[column] = written[column] ?? null;
  }
}

function sameColumns(rows: Iterable<OpenRow>): readonly SameColumns[] {
  const groups = new Map<readonly string[], WrittenRow[]>();
  for (const { columns, row } of rows) {
    const group = groups.get(columns);
    if (group === undefined) groups.set(columns, [row]);
    else group.push(row);
  }
  return [...groups].map(([columns, same]) => ({ columns, rows: same }));
}

/** The compiled merge rules of one definition. */
interface Merger {
  readonly definition: TableDefinition;
  /**
   * Columns that merge alone, and how. Columns that are set once keep the value of the first write.
   */
  readonly alone: ReadonlyArray<
    readonly [string, (known: SqlValue, written: SqlValue) => SqlValue]
  >;
  readonly tuples: readonly Tuple[];
  /**
   * Valid sets of columns, sorted. The same set is always the same list. Keyed by the column names
   * in any order.
   */
  readonly sets: Map<string, readonly string[]>;
}

interface Tuple {
  readonly columns: readonly [string, ...string[]];
  readonly isWanted: (known: WrittenRow, written: WrittenRow) => boolean;
}

const mergers = new WeakMap<TableDefinition, Merger>();

function mergerOf(definition: TableDefinition): Merger {
  const found = mergers.get(definition) ?? makeMerger(definition);
  mergers.set(definition, found);
  return found;
}

function makeMerger(definition: TableDefinition): Merger {
  const { least = [], greatest = [], replaced = [], latest = [], earliest = [] } = definition;
  const pick = (sign: 1 | -1) => (known: SqlValue, written: SqlValue) =>
    known === null || (written !== null && compare(written, known) * sign > 0) ? written : known;
  const tuple =
    (sign: 1 | -1) =>
    (columns: readonly [string, ...string[]]): Tuple => ({
      columns,
      isWanted: (known, written) => compareTuples(columns, written, known) * sign > 0,
    });
  return {
    definition,
    alone: [
      ...least.map((column) => [column, pick(-1)] as const),
      ...greatest.map((column) => [column, pick(1)] as const),
      ...replaced.map((column) => [column, (_: SqlValue, written: SqlValue) => written] as const),
    ],
    tuples: [...latest.map(tuple(1)), ...earliest.map(tuple(-1))],
    sets: new Map(),
  };
}

function compareTuples(columns: readonly string[], one: WrittenRow, other: WrittenRow): number {
  for (const column of columns) {
    const order = compare(one[column] ?? null, other[column] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * Compares values as SQLite does: NULL, numbers, texts by their bytes. JavaScript compares texts by
 * UTF-16 units, which is another order.
 */
function compare(one: SqlValue, other: SqlValue): number {
  if (one === other) return 0;
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (typeof one === 'string' && typeof other === 'string')
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return rankOf(one) - rankOf(other);
}

function rankOf(value: SqlValue): number {
  return value === null ? 0 : typeof value === 'number' ? 1 : 2;
}

/**
 * Returns the columns that a row sets.
 * @throws if the table does not accept them.
 */
function columnsOf({ definition, sets }: Merger, row: WrittenRow): readonly string[] {
  for (const [time] of definition.earliest ?? []) {
    if (row[time] === null)
      throw new Error(`Cannot write ${definition.table}: ${time} must not be NULL`);
  }
  const written = Object.keys(row);
  const name = written.join();
  const found = sets.get(name);
  if (found !== undefined) return found;
  check(definition, written);
  const sorted = written.toSorted();
  const columns = sets.get(sorted.join()) ?? sorted;
  sets.set(sorted.join(), columns);
  sets.set(name, columns);
  return columns;
}

function check(definition: TableDefinition, written: readonly string[]): void {
  const { table, key, once = [], least = [], greatest = [], replaced = [] } = definition;
  const { latest = [], earliest = [] } = definition;
  const known = [key, once, least, greatest, replaced, ...latest, ...earliest].flat();
  const foreign = written.find((column) => !known.includes(column));
  if (foreign !== undefined) throw new Error(`Cannot write ${table}: it has no ${foreign}`);
  for (const group of [key, ...latest, ...earliest]) {
    const missing = group.filter((column) => !written.includes(column));
    if (missing.length > 0 && (group === key || missing.length < group.length))
      throw new Error(`Cannot write ${table}: ${missing.join(', ')} must be set, too`);
  }
}

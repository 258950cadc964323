import type { SqlValue } from './database.ts';
import type { Change, TableDefinition } from './table-definition.ts';

/** What changes in one table: first the removals, then what is written. */
export interface Changes {
  readonly definition: TableDefinition;
  /** Keys, in the order of the definition. */
  readonly removed: ReadonlyArray<readonly SqlValue[]>;
  readonly written: readonly SameColumns[];
}

/** Rows that tell the same columns. */
interface SameColumns {
  readonly columns: readonly string[];
  readonly rows: readonly Told[];
}

type Told = Readonly<Record<string, SqlValue>>;

/**
 * Merges changes to the same rows, by the rules of their tables, so that a batch asks the store once for each row.
 * The outcome is that of applying them one by one.
 * @throws when a write tells no key, a part of a tuple, or a column that the definition does not have.
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
  row: Told;
  columns: readonly string[];
  /** A copy of what was told, which further writes change. */
  copy: Record<string, SqlValue> | undefined;
}

function remove(told: Told, { merger, removed, rows }: OpenChanges): void {
  const { table, key } = merger.definition;
  const values = key.map((column) => {
    const value = told[column];
    if (value === undefined || value === null)
      throw new Error(`Cannot remove from ${table}: ${column} must be told, too`);
    return value;
  });
  const name = nameOf(key, told);
  rows.delete(name);
  removed.set(name, values);
}

function write(told: Told, { merger, rows }: OpenChanges): void {
  const columns = columnsOf(merger, told);
  const name = nameOf(merger.definition.key, told);
  const open = rows.get(name);
  if (open === undefined) {
    rows.set(name, { row: told, columns, copy: undefined });
    return;
  }
  open.copy ??= { ...open.row };
  open.row = open.copy;
  merge(merger, open.copy, told);
  if (columns !== open.columns) open.columns = columnsOf(merger, open.copy);
}

/** What tells the row of a key from others. */
function nameOf(key: readonly string[], row: Told): SqlValue | undefined {
  const [first = ''] = key;
  return key.length === 1 ? row[first] : JSON.stringify(key.map((column) => row[column]));
}

function merge({ alone, tuples }: Merger, known: Record<string, SqlValue>, told: Told): void {
  for (const [column, pick] of alone) {
    const [old, value] = [known[column], told[column]];
    if (value !== undefined) known[column] = old === undefined ? value : pick(old, value);
  }
  for (const { columns, isWanted } of tuples) {
    const [first] = columns;
    if (told[first] === undefined || (known[first] !== undefined && !isWanted(known, told)))
      continue;
    for (const column of columns) known[column] = told[column] ?? null;
  }
}

function sameColumns(rows: Iterable<OpenRow>): readonly SameColumns[] {
  const groups = new Map<readonly string[], Told[]>();
  for (const { columns, row } of rows) {
    const group = groups.get(columns);
    if (group === undefined) groups.set(columns, [row]);
    else group.push(row);
  }
  return [...groups].map(([columns, same]) => ({ columns, rows: same }));
}

/** How one definition merges, found out once. */
interface Merger {
  readonly definition: TableDefinition;
  /** Columns that merge alone, and how; those that are filled once are what the first write made them. */
  readonly alone: ReadonlyArray<readonly [string, (known: SqlValue, told: SqlValue) => SqlValue]>;
  readonly tuples: readonly Tuple[];
  /** Sets of columns that were found to be right, sorted: the same set is the same list. By their names in any order. */
  readonly sets: Map<string, readonly string[]>;
}

interface Tuple {
  readonly columns: readonly [string, ...string[]];
  readonly isWanted: (known: Told, told: Told) => boolean;
}

const mergers = new WeakMap<TableDefinition, Merger>();

function mergerOf(definition: TableDefinition): Merger {
  const found = mergers.get(definition) ?? makeMerger(definition);
  mergers.set(definition, found);
  return found;
}

function makeMerger(definition: TableDefinition): Merger {
  const { least = [], greatest = [], replaced = [], latest = [], earliest = [] } = definition;
  const pick = (sign: 1 | -1) => (known: SqlValue, told: SqlValue) =>
    known === null || (told !== null && compare(told, known) * sign > 0) ? told : known;
  const tuple =
    (sign: 1 | -1) =>
    (columns: readonly [string, ...string[]]): Tuple => ({
      columns,
      isWanted: (known, told) => compareTuples(columns, told, known) * sign > 0,
    });
  return {
    definition,
    alone: [
      ...least.map((column) => [column, pick(-1)] as const),
      ...greatest.map((column) => [column, pick(1)] as const),
      ...replaced.map((column) => [column, (_: SqlValue, told: SqlValue) => told] as const),
    ],
    tuples: [...latest.map(tuple(1)), ...earliest.map(tuple(-1))],
    sets: new Map(),
  };
}

function compareTuples(columns: readonly string[], one: Told, other: Told): number {
  for (const column of columns) {
    const order = compare(one[column] ?? null, other[column] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/** The order of SQLite: NULL, numbers, texts by their bytes. JavaScript compares texts by units of UTF-16, which is another order. */
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

/** The columns that a row tells. @throws when they are not what its table wants. */
function columnsOf({ definition, sets }: Merger, row: Told): readonly string[] {
  for (const [time] of definition.earliest ?? []) {
    if (row[time] === null)
      throw new Error(`Cannot write ${definition.table}: ${time} must not be NULL`);
  }
  const told = Object.keys(row);
  const name = told.join();
  const found = sets.get(name);
  if (found !== undefined) return found;
  check(definition, told);
  const sorted = told.toSorted();
  const columns = sets.get(sorted.join()) ?? sorted;
  sets.set(sorted.join(), columns);
  sets.set(name, columns);
  return columns;
}

function check(definition: TableDefinition, told: readonly string[]): void {
  const { table, key, once = [], least = [], greatest = [], replaced = [] } = definition;
  const { latest = [], earliest = [] } = definition;
  const known = [key, once, least, greatest, replaced, ...latest, ...earliest].flat();
  const foreign = told.find((column) => !known.includes(column));
  if (foreign !== undefined) throw new Error(`Cannot write ${table}: it has no ${foreign}`);
  for (const group of [key, ...latest, ...earliest]) {
    const missing = group.filter((column) => !told.includes(column));
    if (missing.length > 0 && (group === key || missing.length < group.length))
      throw new Error(`Cannot write ${table}: ${missing.join(', ')} must be told, too`);
  }
}

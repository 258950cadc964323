import type { SqlValue } from './database.ts';
import type { Change, TableDefinition, Write } from './table-definition.ts';

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
  readonly rows: ReadonlyArray<readonly SqlValue[]>;
}

type Told = Readonly<Record<string, SqlValue>>;

/** How one definition merges, found out once. */
interface Merger {
  readonly key: readonly string[];
  readonly known: ReadonlySet<string>;
  /** Columns that merge alone, and how; those that are filled once are what the first write made them. */
  readonly alone: ReadonlyMap<string, (known: SqlValue, told: SqlValue) => SqlValue>;
  readonly tuples: readonly Tuple[];
  /** Sets of columns that were found to be right. */
  readonly checked: Set<string>;
}

interface Tuple {
  readonly columns: readonly [string, ...string[]];
  readonly isWanted: (known: Told, told: Told) => boolean;
}

/**
 * Merges changes to the same rows, by the rules of their tables, so that a batch asks the store once for each row.
 * The outcome is that of applying them one by one.
 * @throws when a write tells no key, a part of a tuple, or a column that the definition does not have.
 */
export function mergeChanges(changes: readonly Change[]): readonly Changes[] {
  const tables = new Map<TableDefinition, OpenChanges>();
  const of = (definition: TableDefinition): OpenChanges => {
    const found = tables.get(definition) ?? { removed: new Map(), rows: new Map() };
    tables.set(definition, found);
    return found;
  };
  for (const change of changes) {
    if ('from' in change) remove(change.from, change.key, of(change.from));
    else write(change, of(change.into));
  }
  return [...tables].map(([definition, { removed, rows }]) => ({
    definition,
    removed: [...removed.values()],
    written: sameColumns(rows.values()),
  }));
}

interface OpenChanges {
  /** By their key as text. */
  readonly removed: Map<string, readonly SqlValue[]>;
  readonly rows: Map<string, Told>;
}

function remove(definition: TableDefinition, told: Told, { removed, rows }: OpenChanges): void {
  const key = keyOf(definition, told);
  const name = nameOf(definition.key, told);
  rows.delete(name);
  removed.set(name, key);
}

function write({ into, row }: Write, { rows }: OpenChanges): void {
  const merger = mergerOf(into);
  check(into, merger, row);
  for (const [time] of into.earliest ?? []) {
    if (row[time] === null) throw new Error(`Cannot write ${into.table}: ${time} must not be NULL`);
  }
  const name = nameOf(merger.key, row);
  const known = rows.get(name);
  rows.set(name, known === undefined ? row : merged(merger, known, row));
}

/** One column of text, which most keys are, needs no other name. */
function nameOf(key: readonly string[], row: Told): string {
  const [first = ''] = key;
  const value = row[first];
  return key.length === 1 && typeof value === 'string'
    ? `"${value}`
    : JSON.stringify(key.map((column) => row[column]));
}

function keyOf({ table, key }: TableDefinition, told: Told): readonly SqlValue[] {
  return key.map((column) => {
    const value = told[column];
    if (value === undefined || value === null)
      throw new Error(`Cannot remove from ${table}: ${column} must be told, too`);
    return value;
  });
}

function merged({ alone, tuples }: Merger, known: Told, told: Told): Told {
  const row: Record<string, SqlValue> = { ...known };
  for (const [column, pick] of alone) {
    const [old, value] = [known[column], told[column]];
    if (value !== undefined) row[column] = old === undefined ? value : pick(old, value);
  }
  for (const { columns, isWanted } of tuples) {
    const [first] = columns;
    if (told[first] === undefined || (known[first] !== undefined && !isWanted(known, told)))
      continue;
    for (const column of columns) row[column] = told[column] ?? null;
  }
  return row;
}

const mergers = new WeakMap<TableDefinition, Merger>();

function mergerOf(definition: TableDefinition): Merger {
  const found = mergers.get(definition) ?? makeMerger(definition);
  mergers.set(definition, found);
  return found;
}

function makeMerger(definition: TableDefinition): Merger {
  const { key, once = [], least = [], greatest = [], replaced = [] } = definition;
  const { latest = [], earliest = [] } = definition;
  const pick = (sign: 1 | -1) => (known: SqlValue, told: SqlValue) =>
    known === null || (told !== null && compare(told, known) * sign > 0) ? told : known;
  const all = [once, least, greatest, replaced, ...latest, ...earliest].flat();
  return {
    key,
    known: new Set([...key, ...all]),
    alone: new Map([
      ...least.map((column) => [column, pick(-1)] as const),
      ...greatest.map((column) => [column, pick(1)] as const),
      ...replaced.map((column) => [column, (_: SqlValue, told: SqlValue) => told] as const),
    ]),
    tuples: [
      ...latest.map((columns) => ({ columns, isWanted: isLater(columns) })),
      ...earliest.map((columns) => ({ columns, isWanted: isEarlier(columns) })),
    ],
    checked: new Set(),
  };
}

function isLater(columns: readonly string[]) {
  return (known: Told, told: Told): boolean => compareTuples(columns, told, known) > 0;
}

function isEarlier(columns: readonly string[]) {
  return (known: Told, told: Told): boolean => compareTuples(columns, told, known) < 0;
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
  if (typeof one === 'string' && typeof other === 'string')
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return rankOf(one) - rankOf(other);
}

function rankOf(value: SqlValue): number {
  return value === null ? 0 : typeof value === 'number' ? 1 : 2;
}

function sameColumns(rows: Iterable<Told>): readonly SameColumns[] {
  const groups = new Map<string, { columns: readonly string[]; rows: (readonly SqlValue[])[] }>();
  for (const row of rows) {
    const columns = Object.keys(row).sort();
    const name = columns.join();
    const group = groups.get(name) ?? { columns, rows: [] };
    groups.set(name, group);
    group.rows.push(columns.map((column) => row[column] ?? null));
  }
  return [...groups.values()];
}

function check(definition: TableDefinition, merger: Merger, row: Told): void {
  const told = Object.keys(row);
  const name = told.join();
  if (merger.checked.has(name)) return;
  const { table, key, latest = [], earliest = [] } = definition;
  const foreign = told.find((column) => !merger.known.has(column));
  if (foreign !== undefined) throw new Error(`Cannot write ${table}: it has no ${foreign}`);
  for (const group of [key, ...latest, ...earliest]) {
    const missing = group.filter((column) => !told.includes(column));
    if (missing.length > 0 && (group === key || missing.length < group.length))
      throw new Error(`Cannot write ${table}: ${missing.join(', ')} must be told, too`);
  }
  merger.checked.add(name);
}

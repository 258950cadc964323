import type { SqlValue } from '../database.ts';
import { mergeChanges } from '../merge-writes.ts';
import type { Change, TableDefinition } from '../table-definition.ts';
import { mergeRowsSql, removeRowsSql } from './merge-sql.ts';
import type { PostgresSession } from './session.ts';
import type { ColumnType, TableShape } from './table-shape.ts';

/** Rows per statement: a larger text would only take more memory. */
const MAX_ROWS = 1_000;

/** The shapes of shared tables, by their names. */
export type Shapes = ReadonlyMap<string, TableShape>;

/** Changes of one host, in their order. */
export interface HostChanges {
  readonly host: string;
  readonly changes: readonly Change[];
}

/**
 * Applies changes of one host, inside the transaction of the caller, by the rules that the local
 * store merges by. Applied again, they change nothing.
 * @throws when a write tells no key, a part of a tuple, or a column or a table that is not shared.
 */
export function applyToPostgres(
  session: PostgresSession,
  host: string,
  shapes: Shapes,
  changes: readonly Change[],
): Promise<void> {
  return applyHostsToPostgres(session, shapes, [{ host, changes }]);
}

/**
 * The same for several hosts, each of which is listed once. Rows of one table go together: a
 * statement costs more than its rows.
 */
export async function applyHostsToPostgres(
  session: PostgresSession,
  shapes: Shapes,
  hosts: readonly HostChanges[],
): Promise<void> {
  for (const { definition, removed, written } of ofAllHosts(hosts)) {
    const shape = shapes.get(definition.table);
    if (shape === undefined) throw new Error(`Cannot share ${definition.table}: no such table`);
    await inParts(removed, (part) =>
      session.query(removeRowsSql(shape), [rowsText(shape, definition.key, part)]),
    );
    for (const [columns, rows] of written)
      await inParts(rows, (part) =>
        session.query(mergeRowsSql(shape, columns), [rowsText(shape, columns, part)]),
      );
  }
}

/** The values of a row, and whose it is. */
interface Told {
  readonly host: string;
  readonly values: Readonly<Record<string, SqlValue>>;
}

interface TableChanges {
  readonly definition: TableDefinition;
  readonly removed: Told[];
  /** By the list of their columns, which rows of one kind share. */
  readonly written: Map<readonly string[], Told[]>;
}

function ofAllHosts(hosts: readonly HostChanges[]): Iterable<TableChanges> {
  const tables = new Map<TableDefinition, TableChanges>();
  for (const { host, changes } of hosts)
    for (const { definition, removed, written } of mergeChanges(changes)) {
      const table: TableChanges = tables.get(definition) ?? {
        definition,
        removed: [],
        written: new Map(),
      };
      tables.set(definition, table);
      const { key } = definition;
      for (const found of removed) {
        const values = Object.fromEntries(key.map((name, at) => [name, found[at] ?? null]));
        table.removed.push({ host, values });
      }
      for (const { columns, rows } of written) {
        const told = table.written.get(columns) ?? [];
        table.written.set(columns, told);
        for (const values of rows) told.push({ host, values });
      }
    }
  return tables.values();
}

async function inParts(
  rows: readonly Told[],
  run: (part: readonly Told[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < rows.length; at += MAX_ROWS) await run(rows.slice(at, at + MAX_ROWS));
}

function rowsText(shape: TableShape, columns: readonly string[], rows: readonly Told[]): string {
  const types = new Map(shape.columns.map(({ name, type }) => [name, type]));
  return JSON.stringify(
    rows.map(({ host, values }) => ({
      host,
      ...Object.fromEntries(
        columns.map((name) => [name, fitting(values[name] ?? null, types.get(name) ?? 'text')]),
      ),
    })),
  );
}

/** PostgreSQL refuses both in a text. */
const UNFIT = /\0|\p{Surrogate}/gu;

/**
 * A value as its column takes it. SQLite lets each value have a type of its own; one odd value must
 * not keep all rows behind it from being sent.
 */
function fitting(value: SqlValue, type: ColumnType): SqlValue {
  if (value === null) return null;
  if (type === 'text') return String(value).replace(UNFIT, '\uFFFD');
  const number = Number(value);
  if (!Number.isFinite(number)) return null;
  if (type !== 'bigint') return number;
  return Math.abs(number) > Number.MAX_SAFE_INTEGER ? null : Math.trunc(number);
}

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { errnoOf } from '../core/errors.ts';
import { statementCache } from './statement-cache.ts';
import type { OpenDatabase, Row, SqlValue, Statement } from './database.ts';
import { storeFaultOf } from './store-fault.ts';

/**
 * Returns the driver for Node's own SQLite, or `undefined` if Node has none that works without a
 * flag (before 22.13).
 */
export function nodeSqlite(): OpenDatabase | undefined {
  const sqlite = quietly(() => process.getBuiltinModule?.('node:sqlite'));
  if (sqlite === undefined) return undefined;
  return (path, options = {}) => {
    const database = guard(
      () => new sqlite.DatabaseSync(path, { readOnly: options.readOnly ?? false }),
    );
    return {
      driver: 'node:sqlite',
      exec: (sql) => guard(() => database.exec(sql)),
      prepare: statementCache((sql) => wrap(guard(() => database.prepare(sql)))),
      close: () => closeOnce(database),
    };
  };
}

function wrap(statement: StatementSync): Statement {
  return {
    run: (...values) => guard(() => ({ changes: Number(statement.run(...values).changes) })),
    get: (...values) => {
      const row = guard(() => withBigNumbers(statement, () => statement.get(...values)));
      return row === undefined ? undefined : plainRow(row);
    },
    all: (...values) =>
      guard(() => withBigNumbers(statement, () => statement.all(...values))).map(plainRow),
  };
}

/**
 * Reads integers beyond 2^53, which Node refuses. One foreign value of that size must not make a
 * whole session unreadable.
 */
function withBigNumbers<T>(statement: StatementSync, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (errnoOf(error) !== 'ERR_OUT_OF_RANGE') throw error;
    statement.setReadBigInts(true);
    try {
      return read();
    } finally {
      statement.setReadBigInts(false);
    }
  }
}

function plainRow(row: Readonly<Record<string, unknown>>): Row {
  const plain: Record<string, SqlValue> = {};
  for (const [column, value] of Object.entries(row)) {
    plain[column] =
      typeof value === 'string' || typeof value === 'number'
        ? value
        : typeof value === 'bigint'
          ? Number(value)
          : null;
  }
  return plain;
}

function closeOnce(database: DatabaseSync): void {
  if (database.isOpen) database.close();
}

function guard<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw storeFaultOf(error) ?? error;
  }
}

/**
 * Suppresses the ExperimentalWarning that Node 22 and 23 print when the module loads; every user
 * would see it.
 */
function quietly<T>(action: () => T): T {
  const emit = process.emitWarning;
  process.emitWarning = () => undefined;
  try {
    return action();
  } finally {
    process.emitWarning = emit;
  }
}

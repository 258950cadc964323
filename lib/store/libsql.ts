import { existsSync } from 'node:fs';
import { packageLoader } from '../core/package-loader.ts';
import { statementCache } from './statement-cache.ts';
import {
  libsqlBinary,
  type LibsqlDatabase,
  type LibsqlStatement,
  type RawRow,
} from './libsql-binary.ts';
import type { OpenDatabase, Row, SqlValue, Statement } from './database.ts';
import { StoreFault, storeFaultOf } from './store-fault.ts';

/**
 * Returns the driver for the `libsql` package (no install script, no compiler), or `undefined` if
 * the package is not installed for this platform.
 * @param openDatabase Default: the binary of the package, called directly where possible.
 */
export function libsql(openDatabase = libsqlBinary() ?? libsqlPackage()): OpenDatabase | undefined {
  if (openDatabase === undefined) return undefined;
  return (path, options = {}) => {
    if (options.readOnly && !existsSync(path))
      throw new StoreFault('CANTOPEN', 'unable to open database file');
    const database = guard(() => openDatabase(path));
    if (options.readOnly) guard(() => database.exec('PRAGMA query_only = ON'));
    return {
      driver: 'libsql',
      exec: (sql) => guard(() => database.exec(sql)),
      prepare: statementCache((sql) => wrap(guard(() => database.prepare(sql)))),
      close: () => closeWhole(database),
    };
  };
}

/** Opens databases with the package's own JavaScript, which finds the binary on every machine. */
export function libsqlPackage(): ((path: string) => LibsqlDatabase) | undefined {
  try {
    const Libsql: new (path: string) => LibsqlDatabase = packageLoader()('libsql');
    return (path) => new Libsql(path);
  } catch {
    return undefined; // Optional on Node 22.13 and later.
  }
}

/**
 * Rolls back an open transaction, then closes. libsql keeps the connection until its statements are
 * garbage-collected, and an open transaction would keep its locks as long.
 */
function closeWhole(database: LibsqlDatabase): void {
  if (!database.open) return;
  if (database.inTransaction) guard(() => database.exec('ROLLBACK'));
  database.close();
}

function wrap(plain: LibsqlStatement): Statement {
  const statement = plain.reader ? plain.raw() : plain;
  let names: readonly string[] = [];
  const rowOf = (raw: RawRow): Row => {
    if (names.length !== raw.length) names = statement.columns().map(({ name }) => name);
    return plainRow(names, raw);
  };
  return {
    run: (...values) => guard(() => ({ changes: statement.run(values.map(whole)).changes })),
    get: (...values) => {
      const row = guard(() => statement.get(values.map(whole)));
      return row === undefined ? undefined : rowOf(row);
    },
    all: (...values) => guard(() => statement.all(values.map(whole))).map(rowOf),
  };
}

/** Replaces NUL with U+FFFD, because libsql reads a text only up to its first NUL. */
function whole(value: SqlValue): SqlValue {
  return typeof value === 'string' && value.includes('\0')
    ? value.replaceAll('\0', '\uFFFD')
    : value;
}

function plainRow(names: readonly string[], raw: RawRow): Row {
  const plain: Record<string, SqlValue> = {};
  // No pairs of index and name: the worker makes thousands of rows per second in code that V8 has
  // not optimized.
  for (let index = 0; index < names.length; index += 1) {
    const value = raw[index];
    plain[names[index] ?? ''] =
      typeof value === 'string' || typeof value === 'number' ? value : null;
  }
  return plain;
}

function guard<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw storeFaultOf(error) ?? error;
  }
}

import { existsSync } from 'node:fs';
import { packageLoader } from '../core/package-loader.ts';
import type { SqlValue } from './database.ts';

/**
 * A prepared statement of libsql. Values are passed as one list: a single `null` as an argument
 * would mean named parameters.
 */
export interface LibsqlStatement {
  run(values: readonly SqlValue[]): { readonly changes: number };
  get(values: readonly SqlValue[]): RawRow | undefined;
  all(values: readonly SqlValue[]): RawRow[];
  /** Whether it returns rows. The two methods below are only for such statements. */
  readonly reader: boolean;
  /**
   * Returns rows as lists from now on. Rows as objects cost half as much again, because the driver
   * names each column of each row.
   */
  raw(): LibsqlStatement;
  columns(): ReadonlyArray<{ readonly name: string }>;
}

/** The values of a row, in the order of its columns. */
export type RawRow = readonly unknown[];

/** An open database of libsql. */
export interface LibsqlDatabase {
  readonly open: boolean;
  readonly inTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): LibsqlStatement;
  close(): void;
}

type Handle = object;

/** The parts of libsql's binary that are used here, called as the package `libsql` calls them. */
interface Binary {
  databaseOpen(path: string, token: '', cipher: string, key: '', timeout: 0, remote: ''): Handle;
  databaseInTransaction(database: Handle): boolean;
  databaseClose(this: Handle): void;
  databaseExecSync(this: Handle, sql: string): void;
  databasePrepareSync(this: Handle, sql: string): Handle;
  statementRun(this: Handle, values: readonly SqlValue[]): { readonly changes: number };
  statementGet(this: Handle, values: readonly SqlValue[]): RawRow | undefined;
  statementIsReader(this: Handle): boolean;
  statementRaw(this: Handle, isRaw: true): void;
  statementColumns(this: Handle): ReadonlyArray<{ readonly name: string }>;
  statementRowsSync(this: Handle, values: readonly SqlValue[]): Handle;
  rowsNext(this: Handle, into: (RawRow | undefined)[]): void;
}

const FUNCTIONS: readonly (keyof Binary)[] = [
  'databaseOpen',
  'databaseInTransaction',
  'databaseClose',
  'databaseExecSync',
  'databasePrepareSync',
  'statementRun',
  'statementGet',
  'statementIsReader',
  'statementRaw',
  'statementColumns',
  'statementRowsSync',
  'rowsNext',
];

/** Rows per call into the binary. */
const ROWS_AT_ONCE = 100;

/**
 * Opens databases with libsql's binary for this machine. The package `libsql` takes 14 ms more,
 * because it asks Node for a diagnostic report to choose the binary.
 * @returns `undefined` if the choice is not obvious, or the binary is not the known one.
 */
export function libsqlBinary(): ((path: string) => LibsqlDatabase) | undefined {
  const target = plainTarget();
  if (target === undefined) return undefined;
  let binary: Binary;
  try {
    binary = packageLoader()(`@libsql/${target}`);
  } catch {
    return undefined;
  }
  if (FUNCTIONS.some((name) => typeof binary[name] !== 'function')) return undefined;
  return (path) => databaseOf(binary, binary.databaseOpen(path, '', 'aes256cbc', '', 0, ''));
}

/** Returns the binary for this machine if the choice is obvious. */
function plainTarget(): string | undefined {
  const { platform, arch } = process;
  if (arch !== 'x64' && arch !== 'arm64') return undefined;
  if (platform === 'darwin') return `darwin-${arch}`;
  const [loader, name] =
    arch === 'x64'
      ? ['/lib64/ld-linux-x86-64.so.2', 'x86_64']
      : ['/lib/ld-linux-aarch64.so.1', 'aarch64'];
  const isGlibc = existsSync(loader) && !existsSync(`/lib/ld-musl-${name}.so.1`);
  return platform === 'linux' && isGlibc ? `linux-${arch}-gnu` : undefined;
}

function databaseOf(binary: Binary, handle: Handle): LibsqlDatabase {
  let open = true;
  return {
    get open() {
      return open;
    },
    get inTransaction() {
      return binary.databaseInTransaction(handle);
    },
    exec: (sql) => binary.databaseExecSync.call(handle, sql),
    prepare: (sql) => statementOf(binary, binary.databasePrepareSync.call(handle, sql)),
    close() {
      binary.databaseClose.call(handle);
      open = false;
    },
  };
}

function statementOf(binary: Binary, handle: Handle): LibsqlStatement {
  const statement: LibsqlStatement = {
    get reader() {
      return binary.statementIsReader.call(handle);
    },
    raw() {
      binary.statementRaw.call(handle, true);
      return statement;
    },
    columns: () => binary.statementColumns.call(handle),
    run: (values) => binary.statementRun.call(handle, values),
    get: (values) => binary.statementGet.call(handle, values),
    all(values) {
      const rows = binary.statementRowsSync.call(handle, values);
      const found: RawRow[] = [];
      for (;;) {
        const some = new Array<RawRow | undefined>(ROWS_AT_ONCE);
        binary.rowsNext.call(rows, some);
        for (const row of some) {
          if (!row) return found;
          found.push(row);
        }
      }
    },
  };
  return statement;
}

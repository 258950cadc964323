/** Values of SQLite columns: 64-bit floats, text, NULL. */
export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

/** A prepared statement with positional parameters. */
export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number };
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): readonly Row[];
}

/**
 * Driver interface. Implemented by node-sqlite.ts, libsql.ts and, to read, postgres/team-store.ts.
 * Synchronous: a batch of the worker
 * is one uninterrupted transaction. Throws {@link StoreFault} for every failure of the store
 * itself.
 */
export interface Database {
  /** `node:sqlite`, `libsql`, or `PostgreSQL` for the store of a team. */
  readonly driver: string;
  /** Runs statements that return nothing. */
  exec(sql: string): void;
  /** Prepares a statement once and keeps it as long as the database is open. */
  prepare(sql: string): Statement;
  /** Asks a question while this thread goes on; missing where every answer is here at once. */
  ask?(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]>;
  close(): void;
}

/** Opens the file at `path`; creates it if missing. */
export type OpenDatabase = (path: string, options?: { readonly readOnly?: boolean }) => Database;

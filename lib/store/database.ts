/** What SQLite columns hold here: 64-bit floats, text, NULL. */
export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

/** A prepared statement; parameters are positional. */
export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number };
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): readonly Row[];
}

/**
 * The small face that both drivers wear. Synchronous: the worker's batch is one uninterrupted transaction.
 * Every fault that is the store's own surfaces as {@link StoreFault}.
 */
export interface Database {
  /** `node:sqlite` or `libsql`. */
  readonly driver: string;
  /** Runs statements that return nothing. */
  exec(sql: string): void;
  /** A statement for `sql`, prepared once and kept for the life of the database. */
  prepare(sql: string): Statement;
  close(): void;
}

/** Opens the file at `path`, creating it if missing. */
export type OpenDatabase = (path: string, options?: { readonly readOnly?: boolean }) => Database;

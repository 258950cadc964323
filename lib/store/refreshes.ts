import type { Database, SqlValue } from './database.ts';
import { numberField, stringField } from '../core/json.ts';
import { dataVersion } from './pragmas.ts';

/** A request to derive something again. */
export interface Refresh {
  /** Name of the refresher. */
  readonly kind: string;
  /** What it is about: a session, a command. */
  readonly key: string;
  readonly version: number;
}

/** Suffix of a request's kind that ignores the pace of its kind: `resume-now`. */
export const IMMEDIATE_SUFFIX = '-now';

const REQUEST =
  'INSERT INTO refreshes (kind, key) VALUES (?, ?) ON CONFLICT (kind, key) DO UPDATE SET version = version + 1';

const asked = new WeakMap<Database, number>();

/**
 * Returns a text that changes after this or another process may have requested something. Cheaper
 * than reading the requests.
 */
export function refreshVersion(database: Database): string {
  return `${asked.get(database) ?? 0} ${dataVersion(database)}`;
}

/**
 * Requests that something is derived again, in the transaction that changes its input. Repeated
 * requests count as one.
 */
export function requestRefresh(database: Database, kind: string, keys: Iterable<string>): void {
  asked.set(database, (asked.get(database) ?? 0) + 1);
  const request = database.prepare(REQUEST);
  for (const key of keys) request.run(kind, key);
}

/** Returns at most `limit` open requests. */
export function listDueRefreshes(database: Database, limit: number): readonly Refresh[] {
  const rows = database
    .prepare('SELECT kind, key, version FROM refreshes ORDER BY kind, key LIMIT ?')
    .all(limit);
  return rows.map((row) => ({
    kind: stringField(row, 'kind') ?? '',
    key: stringField(row, 'key') ?? '',
    version: numberField(row, 'version') ?? 0,
  }));
}

/** Whether a request is open. */
export function isRefreshDue(database: Database, kind: string, key: string): boolean {
  const due = database.prepare('SELECT 1 FROM refreshes WHERE kind = ? AND key = ?');
  return due.get(kind, key) !== undefined;
}

/**
 * Deletes a request that was done, unless it was repeated in the meantime. Call it afterwards, so
 * that a crash in between repeats the work.
 */
export function completeRefresh(database: Database, { kind, key, version }: Refresh): void {
  database
    .prepare('DELETE FROM refreshes WHERE kind = ? AND key = ? AND version = ?')
    .run(kind, key, version);
}

/**
 * Deletes requests without doing them.
 * @param keys A query for the keys.
 * @returns how many there were.
 */
export function removeRefreshes(
  database: Database,
  keys: string,
  values: readonly SqlValue[],
): number {
  return database.prepare(`DELETE FROM refreshes WHERE key IN (${keys})`).run(...values).changes;
}

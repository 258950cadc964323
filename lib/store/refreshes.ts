import type { Database, SqlValue } from './database.ts';
import { numberField, stringField } from '../core/json.ts';
import { dataVersion } from './pragmas.ts';

/** Something derived that has to be made again. */
export interface Refresh {
  /** Which refresher makes it. */
  readonly kind: string;
  /** Of whom: a session, a command. */
  readonly key: string;
  readonly version: number;
}

/** Ends the kind of a request that does not wait for the pace of its kind: `resume-now`. */
export const AT_ONCE = '-now';

const REQUEST =
  'INSERT INTO refreshes (kind, key) VALUES (?, ?) ON CONFLICT (kind, key) DO UPDATE SET version = version + 1';

const asked = new WeakMap<Database, number>();

/** Differs from an earlier answer once something may have been asked for, by this process or another; costs less than a look at the requests. */
export function refreshNews(database: Database): string {
  return `${asked.get(database) ?? 0} ${dataVersion(database)}`;
}

/** Notes, in the transaction that changes what it is derived from, that something has to be made again; asked twice, it is made once. */
export function requestRefresh(database: Database, kind: string, keys: Iterable<string>): void {
  asked.set(database, (asked.get(database) ?? 0) + 1);
  const request = database.prepare(REQUEST);
  for (const key of keys) request.run(kind, key);
}

/** What has to be made again, at most `limit` of it. */
export function dueRefreshes(database: Database, limit: number): readonly Refresh[] {
  const rows = database
    .prepare('SELECT kind, key, version FROM refreshes ORDER BY kind, key LIMIT ?')
    .all(limit);
  return rows.map((row) => ({
    kind: stringField(row, 'kind') ?? '',
    key: stringField(row, 'key') ?? '',
    version: numberField(row, 'version') ?? 0,
  }));
}

/** Forgets a request that was met, unless it was made again meanwhile. Call it after the making, so that a death in between repeats it. */
export function metRefresh(database: Database, { kind, key, version }: Refresh): void {
  database
    .prepare('DELETE FROM refreshes WHERE kind = ? AND key = ? AND version = ?')
    .run(kind, key, version);
}

/** Forgets requests, without making anything. @param keys A query of the keys. @returns how many there were. */
export function removeRefreshes(
  database: Database,
  keys: string,
  values: readonly SqlValue[],
): number {
  return database.prepare(`DELETE FROM refreshes WHERE key IN (${keys})`).run(...values).changes;
}

import type { Database, Row, SqlValue } from './database.ts';
import { inTransaction } from './transaction.ts';

/**
 * A table whose changes are recorded. Triggers record them in the transaction that changes a row,
 * so that no writer has to know. A store without triggers has no extra cost.
 */
export interface TrackedTable {
  readonly table: string;
  readonly key: readonly string[];
  /** Columns whose changes count. */
  readonly columns: readonly string[];
}

/** That a row was written or removed. The number grows with every change of the store. */
export interface ChangedRow {
  readonly seq: number;
  readonly table: string;
  readonly key: readonly SqlValue[];
  readonly isRemoved: boolean;
}

const TABLES = `
CREATE TABLE IF NOT EXISTS fleet_changes (seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, key TEXT NOT NULL, removed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS fleet_state (name TEXT PRIMARY KEY, value) WITHOUT ROWID;`;

/** Removals are not noted while this is set. */
const PAUSED = 'paused';

/** Whether changes are noted. */
export function isTracking(database: Database): boolean {
  const sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'fleet_state'";
  return database.prepare(sql).get() !== undefined;
}

/** Notes changes of these tables from now on. Called again, it brings the triggers up to date. */
export function startTracking(database: Database, tables: readonly TrackedTable[]): void {
  inTransaction(database, () => {
    database.exec(TABLES);
    removeTriggers(database);
    for (const table of tables) database.exec(triggersOf(table));
  });
}

/** Ends it, and forgets what was noted. */
export function stopTracking(database: Database): void {
  inTransaction(database, () => {
    removeTriggers(database);
    database.exec('DROP TABLE IF EXISTS fleet_changes; DROP TABLE IF EXISTS fleet_state');
  });
}

/**
 * Runs `action`, inside the transaction of the caller, without noting what it removes: rows that go
 * because they are old here stay where they were sent to.
 */
export function withoutTracking<T>(database: Database, action: () => T): T {
  if (!isTracking(database)) return action();
  setFeedState(database, { [PAUSED]: 1 });
  try {
    return action();
  } finally {
    setFeedState(database, { [PAUSED]: null });
  }
}

function triggersOf({ table, key, columns }: TrackedTable): string {
  const keyOf = (row: string): string =>
    `json_array(${key.map((name) => `${row}."${name}"`).join(', ')})`;
  const note = (row: string, removed: 0 | 1): string =>
    `INSERT INTO fleet_changes (name, key, removed) VALUES ('${table}', ${keyOf(row)}, ${removed});`;
  const all = (row: string): string => columns.map((name) => `${row}."${name}"`).join(', ');
  const update =
    columns.length === 0
      ? ''
      : `CREATE TRIGGER fleet_${table}_changed AFTER UPDATE ON ${table} WHEN (${all('NEW')}) IS NOT (${all('OLD')}) BEGIN ${note('NEW', 0)} END;`;
  return `CREATE TRIGGER fleet_${table}_new AFTER INSERT ON ${table} BEGIN ${note('NEW', 0)} END;
${update}
CREATE TRIGGER fleet_${table}_gone AFTER DELETE ON ${table} WHEN NOT EXISTS (SELECT 1 FROM fleet_state WHERE name = '${PAUSED}') BEGIN ${note('OLD', 1)} END;`;
}

function removeTriggers(database: Database): void {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'fleet_*'";
  for (const { name } of database.prepare(sql).all()) database.exec(`DROP TRIGGER "${name}"`);
}

/** What changed behind `after`, in its order. */
export function changedRows(
  database: Database,
  after: number,
  most: number,
): readonly ChangedRow[] {
  return database
    .prepare('SELECT seq, name, key, removed FROM fleet_changes WHERE seq > ? ORDER BY seq LIMIT ?')
    .all(after, most)
    .map((row) => ({
      seq: Number(row['seq']),
      table: String(row['name']),
      key: keyOf(String(row['key'])),
      isRemoved: row['removed'] === 1,
    }));
}

function keyOf(text: string): readonly SqlValue[] {
  const values: unknown = JSON.parse(text);
  if (!Array.isArray(values)) return [];
  return values.map((value: unknown) =>
    typeof value === 'string' || typeof value === 'number' ? value : null,
  );
}

/** The row of a changed key as it is now, or `undefined` when it is gone. */
export function rowOfKey(
  database: Database,
  { table, key }: Pick<TrackedTable, 'table' | 'key'>,
  values: readonly SqlValue[],
): Row | undefined {
  const isIt = key.map((name) => `"${name}" = ?`).join(' AND ');
  return database.prepare(`SELECT * FROM ${table} WHERE ${isIt}`).get(...values);
}

/** How many changes are noted, and the number of the last one that ever was. */
export function trackedChanges(database: Database): {
  readonly waiting: number;
  readonly last: number;
} {
  const { n } = database.prepare('SELECT count(*) AS n FROM fleet_changes').get() ?? {};
  const sql = "SELECT seq FROM sqlite_sequence WHERE name = 'fleet_changes'";
  return { waiting: Number(n ?? 0), last: Number(database.prepare(sql).get()?.['seq'] ?? 0) };
}

/** Forgets changes up to this one. */
export function dropChanges(database: Database, upTo: number): void {
  database.prepare('DELETE FROM fleet_changes WHERE seq <= ?').run(upTo);
}

/** Forgets changes whose keys name one of these. */
export function dropChangesOf(database: Database, names: Iterable<string>): void {
  if (!isTracking(database)) return;
  database
    .prepare(
      'DELETE FROM fleet_changes WHERE EXISTS (SELECT 1 FROM json_each(fleet_changes.key) AS k WHERE k.value IN (SELECT value FROM json_each(?)))',
    )
    .run(JSON.stringify([...names]));
}

/** Leaves the last change of each row, which is all that tells. @returns how many went. */
export function compactChanges(database: Database): number {
  return database
    .prepare(
      'DELETE FROM fleet_changes WHERE seq NOT IN (SELECT max(seq) FROM fleet_changes GROUP BY name, key, removed)',
    )
    .run().changes;
}

/** Notes every row of some tables as changed, so that what is there already is sent, too. */
export function noteAllRows(database: Database, tables: readonly TrackedTable[]): void {
  inTransaction(database, () => {
    for (const { table, key } of tables) {
      const keys = key.map((name) => `"${name}"`).join(', ');
      database.exec(
        `INSERT INTO fleet_changes (name, key) SELECT '${table}', json_array(${keys}) FROM ${table}`,
      );
    }
  });
}

/** Events behind `after`, whole rows in the order of their numbers. */
export function eventRowsAfter(database: Database, after: number, most: number): readonly Row[] {
  return database
    .prepare('SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?')
    .all(after, most);
}

/** The number of the last event that ever was stored. */
export function lastEvent(database: Database): number {
  const sql = "SELECT seq FROM sqlite_sequence WHERE name = 'events'";
  return Number(database.prepare(sql).get()?.['seq'] ?? 0);
}

/** What the feed remembers of itself. */
export function feedState(database: Database): Readonly<Record<string, SqlValue>> {
  const rows = database.prepare('SELECT name, value FROM fleet_state').all();
  return Object.fromEntries(rows.map((row) => [String(row['name']), row['value'] ?? null]));
}

/** Remembers values; NULL forgets one. */
export function setFeedState(database: Database, values: Readonly<Record<string, SqlValue>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === null) database.prepare('DELETE FROM fleet_state WHERE name = ?').run(name);
    else
      database
        .prepare(
          'INSERT INTO fleet_state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
        )
        .run(name, value);
  }
}

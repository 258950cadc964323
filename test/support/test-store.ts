import { onTestFinished } from 'vitest';
import type { Database, Row } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { migrate } from '../../lib/store/migrate.ts';
import { inTransaction } from '../../lib/store/transaction.ts';

/** A store of the current version, in memory; it is closed with the test. */
export function testStore(): Database {
  const database = sqliteDriver()(':memory:');
  onTestFinished(() => database.close());
  migrate(database);
  return database;
}

/**
 * Gives one store in memory again and again, each time with empty tables. To make one takes as long
 * as a case of a property test, which needs hundreds.
 */
export function emptyStores(): () => Database {
  const database = testStore();
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const clearings = tables.map(({ name }) => database.prepare(`DELETE FROM ${String(name)}`));
  return () => {
    inTransaction(database, () => {
      for (const clearing of clearings) clearing.run();
    });
    return database;
  };
}

/**
 * Every row of every table, in the order of its columns; without columns that only record when and
 * in which order events arrived.
 */
export function dumpStore(database: Database): Readonly<Record<string, readonly Row[]>> {
  const names = database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all();
  return Object.fromEntries(
    names.map(({ name }) => [String(name), dumpTable(database, String(name))]),
  );
}

function dumpTable(database: Database, table: string): readonly Row[] {
  const rows = database.prepare(`SELECT * FROM ${table}`).all();
  const kept = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).filter(
        ([column]) =>
          column !== 'seq' &&
          column !== 'stored_at' &&
          !(table === 'refreshes' && column === 'version'),
      ),
    ),
  );
  const keyed = kept.map((row) => ({ key: JSON.stringify(row), row }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}

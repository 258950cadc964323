import { onTestFinished, describe, expect, it } from 'vitest';
import type { Database } from '../../../lib/store/database.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { MIGRATIONS, migrate, SCHEMA_VERSION, schemaVersion } from '../../../lib/store/migrate.ts';
import { testStore } from '../../support/test-store.ts';

const EVENT = `INSERT INTO events (id, type, at, source, session_id, envelope, stored_at)
  VALUES ('evt_1', 'session.started', 1, 'hook/SessionStart', 's1', '{}', 1)`;
const SESSION = "INSERT INTO sessions (id, first_event_at, last_event_at) VALUES ('s1', 1, 1)";
const OPERATION =
  "INSERT INTO operations (tool_use_id, session_id, tool, target, at, hook_outcome) VALUES ('t1', 's1', 'Bash', 'make', 1, 'failed')";

/** A store as an earlier version left it, with a session in it. */
function storeOf(version: number): Database {
  const database = sqliteDriver()(':memory:');
  onTestFinished(() => database.close());
  for (const migration of MIGRATIONS.slice(0, version)) database.exec(migration);
  database.exec(`PRAGMA user_version = ${version}`);
  for (const statement of [EVENT, SESSION, OPERATION]) database.exec(statement);
  return database;
}

function schemaOf(database: Database): readonly unknown[] {
  return database
    .prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name",
    )
    .all();
}

const EARLIER = MIGRATIONS.slice(1).map((_, index) => index + 1);

describe('a store of an earlier version', () => {
  it.each(EARLIER)(
    '%i has the schema of a new one after the migration, and keeps what it held',
    (version) => {
      const database = storeOf(version);
      migrate(database);
      expect(schemaVersion(database)).toBe(SCHEMA_VERSION);
      expect(schemaOf(database)).toEqual(schemaOf(testStore()));
      for (const table of ['events', 'sessions', 'operations'])
        expect(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 1 });
      expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    },
  );

  it('is left alone by a second migration', () => {
    const database = storeOf(1);
    migrate(database);
    const before = schemaOf(database);
    migrate(database);
    expect(schemaOf(database)).toEqual(before);
  });
});

describe('a store of a later version', () => {
  it('is refused', () => {
    const database = testStore();
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    expect(() => migrate(database)).toThrow(expect.objectContaining({ code: 'STORE_TOO_NEW' }));
  });
});

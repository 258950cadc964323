import { onTestFinished, describe, expect, it } from 'vitest';
import type { Database } from '../../../lib/store/database.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { MIGRATIONS, migrate } from '../../../lib/store/migrate.ts';
import { SCHEMA_VERSION, schemaVersion } from '../../../lib/store/schema-version.ts';
import { testStore } from '../../support/test-store.ts';

const EVENT = `INSERT INTO events (id, type, at, source, session_id, envelope, stored_at)
  VALUES ('evt_1', 'session.started', 1, 'hook/SessionStart', 's1', '{}', 1)`;

/** What a later waymark might add. */
const NEXT = [...MIGRATIONS, "ALTER TABLE sessions ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'"];

function emptyStore(): Database {
  const database = sqliteDriver()(':memory:');
  onTestFinished(() => database.close());
  return database;
}

function schemaOf(database: Database): readonly unknown[] {
  return database
    .prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name",
    )
    .all();
}

describe('migrate', () => {
  it('brings an empty file to this version', () => {
    const database = emptyStore();
    migrate(database);
    expect(schemaVersion(database)).toBe(SCHEMA_VERSION);
    expect(schemaOf(database)).toEqual(schemaOf(testStore()));
  });

  it('brings a store of an earlier version to the next one, and keeps what it holds', () => {
    const database = emptyStore();
    migrate(database);
    database.exec(EVENT);
    database.exec("INSERT INTO sessions (id, first_event_at, last_event_at) VALUES ('s1', 1, 1)");
    migrate(database, NEXT);
    expect(schemaVersion(database)).toBe(SCHEMA_VERSION + 1);
    expect(database.prepare('SELECT id, mood FROM sessions').all()).toEqual([
      { id: 's1', mood: 'calm' },
    ]);
    expect(database.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 1 });
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  });

  it('leaves a store of this version alone', () => {
    const database = emptyStore();
    migrate(database);
    const before = schemaOf(database);
    migrate(database);
    expect(schemaOf(database)).toEqual(before);
  });

  it('changes nothing when a migration fails half-way', () => {
    const database = emptyStore();
    migrate(database);
    const before = schemaOf(database);
    const broken = [...MIGRATIONS, 'CREATE TABLE half (a); CREATE TABLE half (a);'];
    expect(() => migrate(database, broken)).toThrow(/half/);
    expect(schemaOf(database)).toEqual(before);
    expect(schemaVersion(database)).toBe(SCHEMA_VERSION);
  });

  it('refuses a store of a later version', () => {
    const database = emptyStore();
    migrate(database, NEXT);
    expect(() => migrate(database)).toThrow(expect.objectContaining({ code: 'STORE_TOO_NEW' }));
  });
});

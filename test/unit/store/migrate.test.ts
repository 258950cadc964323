import { createHash } from 'node:crypto';
import { onTestFinished, describe, expect, it } from 'vitest';
import type { Database } from '../../../lib/store/database.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { MIGRATIONS, migrate } from '../../../lib/store/migrate.ts';
import {
  APPLICATION_ID,
  SCHEMA_VERSION,
  schemaVersion,
} from '../../../lib/store/schema-version.ts';
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

/** Two bytes of the hash of schema 1, without comments and line breaks. */
function markOfSchema1(): number {
  const statements = (MIGRATIONS[0] ?? '')
    .replace(/--.*$/gm, '')
    .replace(/PRAGMA application_id = \d+;/, '')
    .replace(/\s+/g, ' ');
  return createHash('sha256').update(statements).digest().readUInt16BE(0);
}

describe('schema 1', () => {
  it('has its own mark in a store, so that one with other tables is set aside', () => {
    const wanted = 0x776d_0000 + markOfSchema1();
    const remedy = `after a change of schema 1, APPLICATION_ID is 0x${wanted.toString(16)}`;
    expect(APPLICATION_ID, remedy).toBe(wanted);
  });
});

describe('migrate', () => {
  it('brings an empty file to this version', () => {
    const database = emptyStore();
    migrate(database);
    expect(schemaVersion(database)).toBe(SCHEMA_VERSION);
    expect(schemaOf(database)).toEqual(schemaOf(testStore()));
  });

  it('migrates a store of an earlier version to the next one, and keeps its content', () => {
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

  it('migrates a store of version 1 to this version, and keeps its content', () => {
    const database = emptyStore();
    migrate(database, MIGRATIONS.slice(0, 1));
    database.exec(EVENT);
    migrate(database);
    expect(schemaVersion(database)).toBe(SCHEMA_VERSION);
    expect(schemaOf(database)).toEqual(schemaOf(testStore()));
    expect(database.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 1 });
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

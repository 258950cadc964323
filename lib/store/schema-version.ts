import type { Database } from './database.ts';
import { numberPragma } from './pragmas.ts';

/**
 * Value of `PRAGMA application_id`: "wm" and two bytes of the hash of schema 1. A store from a time
 * when schema 1 was different has another value; it lacks columns and is moved aside.
 */
export const APPLICATION_ID = 0x776d_61e3;

/** The schema version of this waymark: the number of migrations. */
export const SCHEMA_VERSION = 5;

/** The same for the tables of a team in PostgreSQL. */
export const POSTGRES_VERSION = 7;

/** Returns the schema version of the file; 0 for an empty one. */
export function schemaVersion(database: Database): number {
  return numberPragma(database, 'user_version');
}

/** Whether migrations are missing. False for a new file. */
export function isOutdated(database: Database): boolean {
  const version = schemaVersion(database);
  return version > 0 && version < SCHEMA_VERSION;
}

/** The last version number that was used before schema 1. */
const LAST_BEFORE = 10;

/**
 * Whether the store is older than the current schema 1: its version counts other migrations, or its
 * tables lack columns.
 */
export function isBeforeSchema1(database: Database): boolean {
  const version = schemaVersion(database);
  return (
    version > 0 &&
    version <= LAST_BEFORE &&
    numberPragma(database, 'application_id') !== APPLICATION_ID
  );
}

import type { Database } from './database.ts';
import { numberPragma } from './pragmas.ts';

/** What a store says of itself in `PRAGMA application_id` ("wmk2"). Stores of the time before this schema 1 say 0 or "wmk1". */
export const APPLICATION_ID = 0x776d6b32;

/** The version of the schema that this waymark knows: how many migrations there are. Readers need no more of them. */
export const SCHEMA_VERSION = 1;

/** The version of the schema in the file; 0 for an empty one. */
export function schemaVersion(database: Database): number {
  return numberPragma(database, 'user_version');
}

/** Whether it lacks migrations; a new file does not count. */
export function isOutdated(database: Database): boolean {
  const version = schemaVersion(database);
  return version > 0 && version < SCHEMA_VERSION;
}

/** The last version that was counted before schema 1. */
const LAST_BEFORE = 10;

/** Whether a waymark of the time before schema 1 wrote the store: its versions count other migrations. */
export function isBeforeSchema1(database: Database): boolean {
  const version = schemaVersion(database);
  return (
    version > 0 &&
    version <= LAST_BEFORE &&
    numberPragma(database, 'application_id') !== APPLICATION_ID
  );
}

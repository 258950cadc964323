import { WaymarkError } from '../core/errors.ts';
import type { Database } from './database.ts';
import { FIRST } from './migrations/0001-first.ts';
import { REFRESHES } from './migrations/0002-refreshes.ts';
import { FAILURE_KNOWLEDGE } from './migrations/0003-failure-knowledge.ts';
import { CONTEXT_WATCH } from './migrations/0004-context-watch.ts';
import { RESUME } from './migrations/0005-resume.ts';
import { WATCHED_LOGS } from './migrations/0006-watched-logs.ts';
import { DELIVERIES } from './migrations/0007-deliveries.ts';
import { EVENT_FILES } from './migrations/0008-event-files.ts';
import { TRACE_SCHEDULES_ROUTING } from './migrations/0009-trace-schedules-routing.ts';
import { SECURITY } from './migrations/0010-security.ts';
import { inTransaction } from './transaction.ts';

/** In order; the position plus one is the version. A migration that shipped is never edited. */
export const MIGRATIONS: readonly string[] = [
  FIRST,
  REFRESHES,
  FAILURE_KNOWLEDGE,
  CONTEXT_WATCH,
  RESUME,
  WATCHED_LOGS,
  DELIVERIES,
  EVENT_FILES,
  TRACE_SCHEDULES_ROUTING,
  SECURITY,
];

/** The version of the schema that this waymark knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the schema to this version, in one transaction; `PRAGMA user_version` tells where it stands.
 * @throws {@link WaymarkError} STORE_TOO_NEW when a later waymark wrote the file.
 */
export function migrate(database: Database): void {
  const current = schemaVersion(database);
  if (current > MIGRATIONS.length) {
    throw new WaymarkError(
      'STORE_TOO_NEW',
      `Cannot open the store: its version is ${current}, this waymark knows ${MIGRATIONS.length}`,
    );
  }
  if (current === MIGRATIONS.length) return;
  inTransaction(database, () => {
    // read again under the lock: another process may have migrated while this one waited
    for (let version = schemaVersion(database); version < MIGRATIONS.length; version += 1) {
      database.exec(MIGRATIONS[version] ?? '');
      database.exec(`PRAGMA user_version = ${version + 1}`);
    }
  });
}

/** The version of the schema in the file; 0 for an empty one. */
export function schemaVersion(database: Database): number {
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  return typeof version === 'number' ? version : 0;
}

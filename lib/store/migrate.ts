import { WaymarkError } from '../core/errors.ts';
import type { Database } from './database.ts';
import { AGENTS } from './schema/agents.ts';
import { CONTEXT } from './schema/context.ts';
import { DELIVERY } from './schema/delivery.ts';
import { EVENTS } from './schema/events.ts';
import { FAILED_CALLS } from './schema/failed-calls.ts';
import { FAILURES } from './schema/failures.ts';
import { HEALTH } from './schema/health.ts';
import { OPERATIONS } from './schema/operations.ts';
import { SESSIONS } from './schema/sessions.ts';
import { SNAPSHOTS } from './schema/snapshots.ts';
import { TEAM_PATTERNS } from './schema/team-patterns.ts';
import { TOLD } from './schema/told.ts';
import { USAGE } from './schema/usage.ts';
import { USAGE_SUMS } from './schema/usage-sums.ts';
import { APPLICATION_ID, schemaVersion } from './schema-version.ts';
import { inTransaction } from './transaction.ts';

/** Migrations in order; position plus one is the version. Never edit a released migration. */
export const MIGRATIONS: readonly string[] = [
  [
    EVENTS,
    SESSIONS,
    OPERATIONS,
    AGENTS,
    FAILURES,
    CONTEXT,
    DELIVERY,
    TOLD,
    SNAPSHOTS,
    USAGE,
    `PRAGMA application_id = ${APPLICATION_ID};`,
  ].join('\n'),
  HEALTH,
  USAGE_SUMS,
  FAILED_CALLS,
  TEAM_PATTERNS,
];

/**
 * Migrates the schema to the latest version, in one transaction. `PRAGMA user_version` contains the
 * version.
 * @throws {@link WaymarkError} STORE_TOO_NEW if a later waymark wrote the file.
 */
export function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): void {
  const current = schemaVersion(database);
  if (current > migrations.length) {
    throw new WaymarkError(
      'STORE_TOO_NEW',
      `Cannot open the store: its version is ${current}, this waymark knows ${migrations.length}`,
    );
  }
  if (current === migrations.length) return;
  inTransaction(database, () => {
    // Read again under the lock: another process may have migrated in the meantime.
    for (let version = schemaVersion(database); version < migrations.length; version += 1) {
      database.exec(migrations[version] ?? '');
      database.exec(`PRAGMA user_version = ${version + 1}`);
    }
  });
}

import { WaymarkError } from '../core/errors.ts';
import type { Database } from './database.ts';
import { AGENTS } from './schema/agents.ts';
import { CONTEXT } from './schema/context.ts';
import { DELIVERY } from './schema/delivery.ts';
import { EVENTS } from './schema/events.ts';
import { FAILURES } from './schema/failures.ts';
import { OPERATIONS } from './schema/operations.ts';
import { SESSIONS } from './schema/sessions.ts';
import { TOLD } from './schema/told.ts';
import { USAGE } from './schema/usage.ts';
import { APPLICATION_ID, schemaVersion } from './schema-version.ts';
import { inTransaction } from './transaction.ts';

/** In order; the position plus one is the version. A migration that shipped is never edited. */
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
    USAGE,
    `PRAGMA application_id = ${APPLICATION_ID};`,
  ].join('\n'),
];

/**
 * Brings the schema to the last of the migrations, in one transaction. `PRAGMA user_version` holds the version.
 * @throws {@link WaymarkError} STORE_TOO_NEW when a later waymark wrote the file.
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
    // read again under the lock: another process may have migrated while this one waited
    for (let version = schemaVersion(database); version < migrations.length; version += 1) {
      database.exec(migrations[version] ?? '');
      database.exec(`PRAGMA user_version = ${version + 1}`);
    }
  });
}

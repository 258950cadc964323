import { WaymarkError } from '../../core/errors.ts';
import { ROWS } from './merge-sql.ts';
import { POSTGRES_VERSION } from '../schema-version.ts';
import { migrations } from './schema.ts';
import { inPostgresTransaction, type PostgresSession } from './session.ts';
import type { SharedTable, TableShape } from './table-shape.ts';

/** The version of the schema; 0 where there is none. @throws {@link PostgresFault} */
export async function postgresVersion(session: PostgresSession): Promise<number> {
  const [found] = await session.query('SELECT to_regclass($1) IS NOT NULL AS found', [
    `${ROWS}.schema_versions`,
  ]);
  if (found?.['found'] !== 1) return 0;
  const [row] = await session.query(`SELECT max(version) AS version FROM ${ROWS}.schema_versions`);
  return Number(row?.['version'] ?? 0);
}

/** What a team's database is made of. */
export interface TeamTables {
  readonly shared: readonly SharedTable[];
  /** Tables of the local store that stay there. */
  readonly local: readonly TableShape[];
}

/**
 * Brings the schema to the version of this program, in one transaction; two at once do it once.
 * @returns the version that was there before.
 * @throws {@link WaymarkError} STORE_TOO_NEW for one of a later program, {@link PostgresFault} when
 * the role may not.
 */
export async function migratePostgres(
  session: PostgresSession,
  { shared, local }: TeamTables,
  madeBy: string,
): Promise<number> {
  return inPostgresTransaction(session, async () => {
    await session.query("SELECT pg_advisory_xact_lock(hashtext('waymark.migrate'))");
    const before = await postgresVersion(session);
    requireKnown(before);
    for (const [index, sql] of migrations(shared, local).entries()) {
      if (index < before) continue;
      await session.script(sql);
      await session.query(
        `INSERT INTO ${ROWS}.schema_versions (version, made_by) VALUES ($1, $2)`,
        [index + 1, madeBy],
      );
    }
    return before;
  });
}

/**
 * @throws {@link WaymarkError} STORE_TOO_NEW, STORE_OUTDATED or NOT_FOUND unless the schema is that
 * of this program.
 */
export async function requirePostgresVersion(session: PostgresSession): Promise<void> {
  const version = await postgresVersion(session);
  requireKnown(version);
  if (version === POSTGRES_VERSION) return;
  throw new WaymarkError(
    'FLEET_NOT_READY',
    version === 0
      ? 'Cannot use the database: it has no tables of waymark'
      : `Cannot use the database: its tables are of version ${version}, this waymark needs ${POSTGRES_VERSION}`,
  );
}

function requireKnown(version: number): void {
  if (version > POSTGRES_VERSION)
    throw new WaymarkError(
      'STORE_TOO_NEW',
      `Cannot use the database: its tables are of version ${version}, this waymark knows ${POSTGRES_VERSION}`,
    );
}

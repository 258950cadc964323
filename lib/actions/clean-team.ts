import { teamTablesOfProgram } from '../fleet/shared-tables.ts';
import { sqliteDriver } from '../store/driver.ts';
import { requirePostgresVersion } from '../store/postgres/migrate-postgres.ts';
import { deleteOldRows, findOldRows, type OldRows } from '../store/postgres/retention.ts';
import type { ActionContext } from './action-context.ts';
import { atDatabase, type DatabaseOrder } from './at-database.ts';

export interface CleanedTeam extends OldRows {
  /** Without a password. */
  readonly target: string;
  /** Rows that were deleted besides the months; `null`: nothing was deleted. */
  readonly rows: number | null;
}

export interface CleanOrder extends DatabaseOrder {
  /** Milliseconds since the epoch. */
  readonly before: number;
  /** Finds what is too old, and deletes nothing. */
  readonly isDry: boolean;
  readonly onProgress?: (sessions: number) => void;
}

/**
 * Deletes what is older at a team, as the owner of its tables.
 * @throws {@link WaymarkError} USAGE, FLEET_UNREACHABLE, FLEET_NOT_READY, STORE_TOO_NEW.
 */
export async function cleanTeam(
  { environment }: Pick<ActionContext, 'environment'>,
  { before, isDry, onProgress, ...order }: CleanOrder,
): Promise<CleanedTeam> {
  return await atDatabase(order, environment, async (session, target) => {
    await requirePostgresVersion(session);
    const place = { tables: teamTablesOfProgram(sqliteDriver()).shared, before };
    return isDry
      ? { target, ...(await findOldRows(session, place)), rows: null }
      : { target, ...(await deleteOldRows(session, place, onProgress)) };
  });
}

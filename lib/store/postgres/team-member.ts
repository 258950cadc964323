import { WaymarkError } from '../../core/errors.ts';
import { ROWS } from './merge-sql.ts';
import type { PostgresSession } from './session.ts';

/**
 * @throws {@link WaymarkError} FLEET_NOT_READY for a role of no team, whose rows would be refused
 * one by one.
 */
export async function requireTeam(session: PostgresSession): Promise<void> {
  const [row] = await session.query(`SELECT ${ROWS}.my_team() AS team, session_user AS role`);
  if (row?.['team'] !== null) return;
  throw new WaymarkError(
    'FLEET_NOT_READY',
    `Cannot use the database: the role ${row['role']} belongs to none of its teams`,
    {
      remedy:
        'Ask the owner of the tables to name it in waymark_rows.members: `waymark docs team` shows how.',
    },
  );
}

/** The id of a machine is that of a machine of another team. */
export class ForeignMachine extends WaymarkError {}

/** Explains a refusal: row-level security says only that it was one. */
export async function refusalOf(
  session: PostgresSession,
  host: string,
  refusal: unknown,
): Promise<unknown> {
  const found = await session
    .query(`SELECT 1 AS n FROM ${ROWS}.foreign_hosts($1)`, [JSON.stringify([host])])
    .catch(() => []);
  if (found.length === 0) return refusal;
  return new ForeignMachine(
    'FLEET_NOT_READY',
    'Cannot send rows: this machine belongs to another team of the database',
    {
      remedy:
        'Run `waymark fleet leave`, then `waymark fleet join URL`. What was sent stays with the other team.',
    },
  );
}

import { reasonOf, WaymarkError } from '../core/errors.ts';
import { remedyOf } from '../fleet/fault-remedy.ts';
import { isRedisUrl } from '../fleet/redis/redis-place.ts';
import { faultKindOf } from '../fleet/redis/redis-fault.ts';
import { PASSWORD_VARIABLE, passwordOf, splitTarget } from '../fleet/membership.ts';
import { connectPostgres } from '../store/postgres/connect.ts';
import type { PostgresSession } from '../store/postgres/session.ts';
import type { ActionContext } from './action-context.ts';

/** Which database is meant, and as whom. */
export interface DatabaseOrder {
  /** As the user gave it; never with a password from the command line. */
  readonly target: string;
  /** An absolute path. */
  readonly passwordFile?: string;
  /** Longest time for one statement; 0: as long as it takes. Left out: a minute. */
  readonly statementMs?: number;
}

/**
 * Runs `action` on a PostgreSQL that the user named.
 * @throws {@link WaymarkError} USAGE for Redis, FLEET_UNREACHABLE when the server does not do it.
 */
export async function atDatabase<T>(
  { target, passwordFile, statementMs }: DatabaseOrder,
  environment: ActionContext['environment'],
  action: (session: PostgresSession, target: string) => Promise<T>,
): Promise<T> {
  const { url, password: given } = splitTarget(target);
  if (isRedisUrl(url))
    throw new WaymarkError('USAGE', 'Cannot use Redis here: rows are in PostgreSQL', {
      remedy: 'Give the address of PostgreSQL: postgres://USER@HOST/DATABASE.',
    });
  const kept = given ?? environment[PASSWORD_VARIABLE];
  const password = passwordFile === undefined ? kept : passwordOf({ passwordFile }, environment);
  try {
    const session = await connectPostgres({
      ...{ url, password, name: 'waymark' },
      ...(statementMs === undefined ? {} : { statementMs }),
    });
    try {
      return await action(session, url);
    } finally {
      await session.close();
    }
  } catch (error) {
    throw fleetError(error, url);
  }
}

/** What a person is told when the server of a team does not do what it is asked. */
export function fleetError(error: unknown, target: string): unknown {
  if (faultKindOf(error) === undefined) return error;
  const remedy = remedyOf(error);
  return new WaymarkError('FLEET_UNREACHABLE', `Cannot use ${target}: ${reasonOf(error)}`, {
    cause: error,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

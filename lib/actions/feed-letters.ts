import { reasonOf, WaymarkError } from '../core/errors.ts';
import { passwordOf, splitTarget } from '../fleet/membership.ts';
import { connectRedis, type RedisSession } from '../fleet/redis/connect-redis.ts';
import { deadKey } from '../fleet/redis/feed-keys.ts';
import { faultKindOf } from '../fleet/redis/redis-fault.ts';
import { redisPlace } from '../fleet/redis/redis-place.ts';
import { teamTablesOfProgram } from '../fleet/shared-tables.ts';
import { deleteFeedLetters, type FeedLetter, listFeedLetters } from '../fleet/sink/dead-feed.ts';
import { type RetriedLetter, retryLetters } from '../fleet/sink/retry-letters.ts';
import { sqliteDriver } from '../store/driver.ts';
import { connectPostgres } from '../store/postgres/connect.ts';
import { requirePostgresVersion } from '../store/postgres/migrate-postgres.ts';
import type { ActionContext } from './action-context.ts';
import { fleetError } from './at-database.ts';

/** Where the dead letters of a team are, and which are meant. */
export interface FeedLettersOrder {
  readonly from: string;
  readonly fromPasswordFile?: string;
  /** One letter; left out: the oldest ones. */
  readonly id?: string;
  readonly limit: number;
}

export interface RetryOrder extends FeedLettersOrder {
  readonly store: string;
  readonly storePasswordFile?: string;
}

type Environment = ActionContext['environment'];

/** The variable with the password of Redis. */
const FROM_PASSWORD = 'WAYMARK_FROM_PASSWORD';

/**
 * What workers could not apply.
 * @throws {@link WaymarkError} USAGE, NOT_FOUND, FLEET_UNREACHABLE.
 */
export function readFeedLetters(
  { environment }: ActionContext,
  order: FeedLettersOrder,
): Promise<readonly FeedLetter[]> {
  return atRedis(order, environment, (redis, key) => lettersOf(redis, key, order));
}

/**
 * Deletes them. @returns how many.
 * @throws {@link WaymarkError} USAGE, NOT_FOUND, FLEET_UNREACHABLE.
 */
export function removeFeedLetters(
  { environment }: ActionContext,
  order: FeedLettersOrder,
): Promise<number> {
  return atRedis(order, environment, async (redis, key) => {
    const letters = await lettersOf(redis, key, order);
    return deleteFeedLetters(
      redis,
      key,
      letters.map(({ id }) => id),
    );
  });
}

/**
 * Applies them again, and deletes those that PostgreSQL takes.
 * @throws {@link WaymarkError} USAGE, NOT_FOUND, FLEET_UNREACHABLE
 */
export function retryFeedLetters(
  { environment }: ActionContext,
  order: RetryOrder,
): Promise<readonly RetriedLetter[]> {
  const { url, password: given } = splitTarget(order.store);
  const { storePasswordFile: passwordFile } = order;
  return atRedis(order, environment, async (redis, key) => {
    const letters = await lettersOf(redis, key, order);
    const password =
      given ?? passwordOf(passwordFile === undefined ? {} : { passwordFile }, environment);
    const retried = await retryAt(url, password, letters);
    const done = retried.filter(({ reason }) => reason === undefined);
    await deleteFeedLetters(
      redis,
      key,
      done.map(({ id }) => id),
    );
    return retried;
  });
}

async function retryAt(
  url: string,
  password: string | undefined,
  letters: readonly FeedLetter[],
): Promise<readonly RetriedLetter[]> {
  try {
    const postgres = await connectPostgres({ url, password, name: 'waymark' });
    try {
      await requirePostgresVersion(postgres);
      return await retryLetters(postgres, teamTablesOfProgram(sqliteDriver()).shared, letters);
    } finally {
      await postgres.close();
    }
  } catch (error) {
    throw fleetError(error, url); // Redis is not to blame
  }
}

/** @throws {@link WaymarkError} NOT_FOUND: a range of a stream begins with the next letter then. */
async function lettersOf(
  redis: RedisSession,
  key: string,
  { id, limit }: FeedLettersOrder,
): Promise<readonly FeedLetter[]> {
  if (id === undefined) return listFeedLetters(redis, key, { most: limit });
  const found = /^\d+-\d+$/.test(id)
    ? await listFeedLetters(redis, key, { from: id, most: 1 })
    : [];
  if (found[0]?.id === id) return found;
  throw new WaymarkError('NOT_FOUND', `Cannot find dead letter ${id}: no dead letter has this id`, {
    remedy: '`waymark fleet dead` shows the ids.',
  });
}

async function atRedis<T>(
  { from, fromPasswordFile }: FeedLettersOrder,
  environment: Environment,
  action: (redis: RedisSession, key: string) => Promise<T>,
): Promise<T> {
  const { url, password: given } = splitTarget(from);
  const place = redisPlace(url);
  const password =
    fromPasswordFile === undefined
      ? (given ?? environment[FROM_PASSWORD])
      : passwordOf({ passwordFile: fromPasswordFile }, environment);
  try {
    const redis = await connectRedis({ place, password });
    try {
      return await action(redis, deadKey(place));
    } finally {
      await redis.close();
    }
  } catch (error) {
    if (faultKindOf(error) === undefined) throw error;
    throw new WaymarkError('FLEET_UNREACHABLE', `Cannot use ${url}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Check that it runs, and what its user may do: `waymark docs team`.',
    });
  }
}

import { reasonOf, WaymarkError } from '../core/errors.ts';
import { passwordOf, splitTarget } from '../fleet/membership.ts';
import { connectRedis, type RedisSession } from '../fleet/redis/connect-redis.ts';
import { deadKey } from '../fleet/redis/feed-keys.ts';
import { faultKindOf } from '../fleet/redis/redis-fault.ts';
import { redisPlace } from '../fleet/redis/redis-place.ts';
import { teamTablesOfProgram } from '../fleet/shared-tables.ts';
import { deleteFeedLetters, type FeedLetter, feedLetters } from '../fleet/sink/dead-feed.ts';
import { type RetriedLetter, retryLetter } from '../fleet/sink/retry-letters.ts';
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

/** A dead letter in a list: what was put aside may have megabytes, and stays in Redis. */
export interface ListedLetter extends Pick<FeedLetter, 'id' | 'host' | 'name' | 'reason'> {
  /** `null` for a whole entry. */
  readonly table: string | null;
}

/**
 * What workers could not apply.
 * @throws {@link WaymarkError} USAGE, NOT_FOUND, FLEET_UNREACHABLE.
 */
export function readFeedLetters(
  { environment }: ActionContext,
  order: FeedLettersOrder,
): Promise<readonly ListedLetter[]> {
  return atRedis(order, environment, async (redis, key) => {
    const listed: ListedLetter[] = [];
    for await (const { id, host, name, reason, change } of lettersOf(redis, key, order))
      listed.push({ id, host, name, reason, table: change?.table ?? null });
    return listed;
  });
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
    let deleted = 0;
    for await (const { id } of lettersOf(redis, key, order))
      deleted += await deleteFeedLetters(redis, key, [id]);
    return deleted;
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
    const password =
      given ?? passwordOf(passwordFile === undefined ? {} : { passwordFile }, environment);
    const retried: RetriedLetter[] = [];
    for await (const one of retriedAt({ url, password }, lettersOf(redis, key, order))) {
      if (one.reason === undefined) await deleteFeedLetters(redis, key, [one.id]);
      retried.push(one);
    }
    return retried;
  });
}

async function* retriedAt(
  { url, password }: { readonly url: string; readonly password: string | undefined },
  letters: AsyncIterable<FeedLetter>,
): AsyncGenerator<RetriedLetter> {
  // Redis is not to blame for a fault of PostgreSQL
  const blamed = (error: unknown): never => {
    throw fleetError(error, url);
  };
  const postgres = await connectPostgres({ url, password, name: 'waymark' }).catch(blamed);
  try {
    await requirePostgresVersion(postgres).catch(blamed);
    const { shared } = teamTablesOfProgram(sqliteDriver());
    for await (const letter of letters)
      yield await retryLetter(postgres, shared, letter).catch(blamed);
  } finally {
    await postgres.close();
  }
}

/** @throws {@link WaymarkError} NOT_FOUND: a range of a stream begins with the next letter then. */
async function* lettersOf(
  redis: RedisSession,
  key: string,
  { id, limit }: FeedLettersOrder,
): AsyncGenerator<FeedLetter> {
  if (id === undefined) return yield* feedLetters(redis, key, { most: limit });
  if (/^\d+-\d+$/.test(id))
    for await (const letter of feedLetters(redis, key, { from: id, most: 1 }))
      if (letter.id === id) return yield letter;
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

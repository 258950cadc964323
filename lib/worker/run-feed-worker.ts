import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { remedyOf } from '../fleet/fault-remedy.ts';
import { passwordOf, splitTarget } from '../fleet/membership.ts';
import { connectRedis } from '../fleet/redis/connect-redis.ts';
import { isRedisUrl, redisPlace } from '../fleet/redis/redis-place.ts';
import { teamTablesOfProgram } from '../fleet/shared-tables.ts';
import type { AppliedCounts } from '../fleet/sink/apply-stream.ts';
import { FeedSink } from '../fleet/sink/feed-sink.ts';
import { sqliteDriver } from '../store/driver.ts';
import { connectPostgres } from '../store/postgres/connect.ts';
import { requirePostgresVersion } from '../store/postgres/migrate-postgres.ts';
import { requireTeam } from '../store/postgres/team-member.ts';
import type { PostgresSession } from '../store/postgres/session.ts';
import { workerLog } from './worker-log.ts';

export interface FeedWorkerOptions {
  /** Addresses of Redis and PostgreSQL; a password may stand in those of the environment. */
  readonly from: string;
  readonly store: string;
  readonly fromPasswordFile?: string;
  readonly storePasswordFile?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Apply what is there, and return. */
  readonly once: boolean;
  readonly json: boolean;
  readonly terminal: { write(text: string): unknown };
}

/** The password of the streams; that of PostgreSQL has the variable of `fleet join`. */
const FROM_PASSWORD = 'WAYMARK_FROM_PASSWORD';

/**
 * Applies the streams of a team to its PostgreSQL until SIGTERM or SIGINT. Needs no state folder.
 * @throws {@link WaymarkError} USAGE; with `once` also FLEET_UNREACHABLE.
 */
export async function runFeedWorker(options: FeedWorkerOptions): Promise<AppliedCounts> {
  const { once, json, terminal } = options;
  const log = workerLog({ json, terminal, clock: systemClock, least: () => 'info' });
  const sink = feedSink(options, log);
  const stop = (): void => sink.stop();
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    if (!once) log('info', 'WORKER_STARTED', 'Waiting for entries', { pid: process.pid });
    await (once ? sink.drain() : sink.run());
  } catch (error) {
    const remedy = remedyOf(error);
    throw new WaymarkError('FLEET_UNREACHABLE', `Cannot apply the feed: ${reasonOf(error)}`, {
      cause: error,
      ...(remedy === undefined ? {} : { remedy }),
    });
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
  const { total } = sink;
  if (!once)
    log('info', 'WORKER_STOPPED', `Stopped after ${total.entries} entries`, { rows: total.rows });
  return total;
}

function feedSink(options: FeedWorkerOptions, log: ReturnType<typeof workerLog>): FeedSink {
  const { environment, fromPasswordFile, storePasswordFile } = options;
  const [from, store] = [splitTarget(options.from), splitTarget(options.store)];
  if (!isRedisUrl(from.url) || isRedisUrl(store.url))
    throw new WaymarkError(
      'USAGE',
      'Cannot start a worker of a team: --from is for Redis, --store for PostgreSQL',
      {
        remedy: 'Run `waymark worker --from redis://HOST --store postgres://HOST/DATABASE`.',
      },
    );
  const place = redisPlace(from.url);
  // files are read at each connection, so that a new password needs no restart
  const redisPassword = (): string | undefined =>
    fromPasswordFile === undefined
      ? (from.password ?? environment[FROM_PASSWORD])
      : passwordOf({ passwordFile: fromPasswordFile }, environment);
  const postgresPassword = (): string | undefined =>
    storePasswordFile === undefined
      ? (store.password ?? passwordOf({}, environment))
      : passwordOf({ passwordFile: storePasswordFile }, environment);
  return new FeedSink({
    place,
    tables: teamTablesOfProgram(sqliteDriver()).shared,
    consumer: `${process.pid}-${randomBytes(6).toString('base64url')}`,
    openRedis: async () => connectRedis({ place, password: redisPassword() }),
    openPostgres: async () => openStore(store.url, postgresPassword()),
    clock: systemClock,
    pause: async (ms) => void (await setTimeout(ms)),
    log,
  });
}

/**
 * A worker that a partition of the network cuts off still has its locks at PostgreSQL, which by
 * itself notices only after two hours. With these it takes half a minute; then another worker has
 * its streams.
 */
const NOTICED_SOON = {
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '25000',
};

async function openStore(url: string, password: string | undefined): Promise<PostgresSession> {
  const session = await connectPostgres({
    ...{ url, password, name: 'waymark worker' },
    settings: NOTICED_SOON,
  });
  try {
    await requirePostgresVersion(session);
    await requireTeam(session);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

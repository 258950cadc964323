import { FleetFeed } from '../../lib/fleet/feed.ts';
import { shareRules } from '../../lib/fleet/field-groups.ts';
import { openRedisOutlet } from '../../lib/fleet/redis/redis-outlet.ts';
import { type RedisPlace, redisPlace } from '../../lib/fleet/redis/redis-place.ts';
import { sharedTables, trackedTables } from '../../lib/fleet/shared-tables.ts';
import { FeedSink, type FeedSinkParts } from '../../lib/fleet/sink/feed-sink.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import { setFeedState, startTracking } from '../../lib/store/changed-rows.ts';
import type { Database } from '../../lib/store/database.ts';
import { connectPostgres } from '../../lib/store/postgres/connect.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { EFFECTS } from '../../lib/worker/effects.ts';
import type { RedisServer } from './redis-server.ts';
import { testEvent } from './test-event.ts';
import { testStore } from './test-store.ts';

/** A machine that feeds a stream. Its time passes when the test says so. */
export interface StreamMachine {
  readonly store: Database;
  readonly feed: FleetFeed;
  readonly apply: (...events: ReadonlyArray<ReturnType<typeof testEvent>>) => void;
  /** Sends what waits, two minutes later. @returns what went wrong. */
  readonly send: () => Promise<unknown>;
  /** Codes of its log. */
  readonly codes: string[];
}

export interface StreamMachineOptions {
  readonly host: string;
  readonly name?: string;
  readonly password?: () => string | undefined;
  /** How far its clock is ahead of the machine that tests run on. */
  readonly aheadMs?: number;
  readonly place?: RedisPlace;
  readonly shares?: readonly string[];
  /** Longest time for a reply of Redis. */
  readonly replyMs?: number;
}

export function streamMachine(redis: RedisServer, options: StreamMachineOptions): StreamMachine {
  const { host, name = 'laptop', password, aheadMs = 0, place = redis.place } = options;
  const { shares = ['*=figures+places+commands+texts'], replyMs } = options;
  const store = testStore();
  const tables = sharedTables(store);
  startTracking(store, trackedTables(tables));
  setFeedState(store, { feed: `feed of ${host}`, changes: 0, events: 0 });
  let now = Date.now() + aheadMs;
  const codes: string[] = [];
  const feed = new FleetFeed({
    database: () => store,
    tables: () => tables,
    rules: () => shareRules(shares),
    salt: 'salt',
    open: (feedName, start) =>
      openRedisOutlet({
        host: { host, name, person: 'ann', version: '1', feed: feedName },
        ...{ place, start, password: password?.() },
        ...(replyMs === undefined ? {} : { replyMs }),
      }),
    clock: () => now,
    pause: async () => undefined,
    log: (_level, code) => void codes.push(code),
  });
  const apply = eventApplier(store, EFFECTS, () => now);
  const send = async (): Promise<unknown> => {
    now += 120_000;
    await feed.drain();
    return errorOf(store);
  };
  return { store, feed, codes, send, apply: (...events) => void apply(events) };
}

function errorOf(store: Database): unknown {
  return store.prepare("SELECT value FROM fleet_state WHERE name = 'error'").get()?.['value'];
}

/** A worker in this process; `through` stands for the network. */
export function streamSink(
  redis: RedisServer,
  postgresUrl: string,
  options: Partial<FeedSinkParts> & {
    readonly through?: (session: PostgresSession) => PostgresSession;
  } = {},
): FeedSink {
  const { through = (session) => session, ...parts } = options;
  return new FeedSink({
    place: redisPlace(redis.url),
    tables: sharedTables(testStore()),
    consumer: 'test',
    openRedis: () => redis.connect(),
    openPostgres: async () => through(await connectPostgres({ url: postgresUrl, name: 'sink' })),
    clock: Date.now,
    pause: async () => undefined,
    log: () => undefined,
    ...parts,
  });
}

/** Events with prompts of forty sessions. */
export function prompts(from: number, count: number): ReadonlyArray<ReturnType<typeof testEvent>> {
  return Array.from({ length: count }, (_, n) =>
    testEvent({
      event_id: `evt_20261122_044832_${String(from + n).padStart(16, '0')}`,
      payload: { session_id: `s${(from + n) % 40}`, project: '/work', prompt: `p${from + n}` },
    }),
  );
}

/** Notes each prompt that a transaction writes, whether it was there or not. */
export async function logWrites(session: PostgresSession): Promise<void> {
  await session.script(`
CREATE TABLE written (host text, event_id text);
CREATE FUNCTION note_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.written VALUES (NEW.host, NEW.id); RETURN NEW; END $$;
CREATE TRIGGER note BEFORE INSERT ON waymark_rows.prompts FOR EACH ROW EXECUTE FUNCTION note_written();`);
}

/** How often prompts of a machine were written, and how many of them. */
export async function writesOf(
  session: PostgresSession,
  host: string,
): Promise<{ readonly all: number; readonly once: number }> {
  const [row] = await session.query(
    'SELECT count(*) AS all, count(DISTINCT event_id) AS once FROM written WHERE host = $1',
    [host],
  );
  return { all: Number(row?.['all']), once: Number(row?.['once']) };
}

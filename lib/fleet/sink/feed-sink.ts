import { reasonOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type PostgresSession, withAdvisoryLock } from '../../store/postgres/session.ts';
import type { SharedTable } from '../../store/postgres/table-shape.ts';
import { listOf, type RedisSession, textOf } from '../redis/connect-redis.ts';
import { streamKey } from '../redis/feed-keys.ts';
import type { RedisPlace } from '../redis/redis-place.ts';
import { remedyOf } from '../fault-remedy.ts';
import { shapesOf } from '../shared-tables.ts';
import { type AppliedCounts, applyStream } from './apply-stream.ts';
import { FeedStream } from './feed-stream.ts';
import { KnowledgePublisher } from './publish-knowledge.ts';

export interface FeedSinkParts {
  readonly place: RedisPlace;
  readonly tables: readonly SharedTable[];
  /** Names this worker in the consumer group. */
  readonly consumer: string;
  readonly openRedis: () => Promise<RedisSession>;
  /** Opens a session whose schema is that of this program. */
  readonly openPostgres: () => Promise<PostgresSession>;
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly log: Log;
  /** Entries that are taken at once. */
  readonly most?: number;
}

const MOST = 64;

/** So many times entries are taken from one partition before the others have their turn. */
const MAX_TURNS = 16;

/** How long an idle worker waits for news before it looks for what dead workers have left. */
const WAIT_MS = 2_000;

/** So long further entries are gathered before the first is applied. */
const GATHER_MS = 10;

const TRIM_MS = 1_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

interface Connections {
  readonly redis: RedisSession;
  /** Waits for news, which would keep other commands waiting. */
  readonly waiting: RedisSession;
  readonly postgres: PostgresSession;
}

/**
 * Applies what machines put into the streams of a team. A partition is worked on by the worker
 * whose PostgreSQL session has its lock; any number of workers share the partitions.
 */
export class FeedSink {
  readonly #parts: FeedSinkParts;
  readonly #months = new Set<string>();
  readonly #seen = new Map<number, string>();
  readonly #trimmedAt = new Map<number, number>();
  readonly #publisher: KnowledgePublisher;
  #connections: Connections | undefined;
  #isStopping = false;
  #delay = FIRST_RETRY_MS;
  #failed: string | undefined;
  #first = -1;
  #total: AppliedCounts = { entries: 0, rows: 0, dead: 0 };

  constructor(parts: FeedSinkParts) {
    this.#parts = parts;
    this.#publisher = new KnowledgePublisher(parts);
  }

  /** What it has applied so far. */
  get total(): AppliedCounts {
    return this.#total;
  }

  /** Lets it finish what it works on, and leave. */
  stop(): void {
    this.#isStopping = true;
    this.#connections?.waiting.end();
  }

  /** Works until it is stopped. */
  async run(): Promise<void> {
    let wanted = this.#allPartitions();
    while (!this.#isStopping) {
      try {
        const connections = await this.#connect();
        const found = await this.#visitEach(connections, wanted);
        const wait = await this.#publisher.step(connections.redis, connections.postgres);
        wanted = found ? this.#allPartitions() : await this.#waitForNews(connections, wait);
        this.#succeeded();
      } catch (error) {
        if (!this.#isStopping) await this.#failedWith(error);
      }
    }
    await this.#leave();
  }

  /** Applies what is there. @throws a fault of a server. */
  async drain(): Promise<void> {
    try {
      const connections = await this.#connect();
      while (await this.#visitEach(connections, this.#allPartitions()));
      await this.#publisher.publish(connections.redis, connections.postgres);
    } finally {
      await this.#leave();
    }
  }

  async #connect(): Promise<Connections> {
    if (this.#connections !== undefined) return this.#connections;
    const opened: Array<{ close(): Promise<void> }> = [];
    const kept = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
      const session = await opening;
      opened.push(session);
      return session;
    };
    try {
      const postgres = await kept(this.#parts.openPostgres());
      const redis = await kept(this.#parts.openRedis());
      const waiting = await kept(this.#parts.openRedis());
      this.#seen.clear();
      this.#connections = { postgres, redis, waiting };
      return this.#connections;
    } catch (error) {
      for (const session of opened) await session.close();
      throw error;
    }
  }

  /** Every partition, each time another one first. */
  #allPartitions(): readonly number[] {
    const { partitions } = this.#parts.place;
    this.#first = (this.#first + 1) % partitions;
    return Array.from({ length: partitions }, (_, turn) => (this.#first + turn) % partitions);
  }

  /** @returns whether there was anything in these partitions. */
  async #visitEach(connections: Connections, wanted: readonly number[]): Promise<boolean> {
    let found = false;
    for (const partition of wanted)
      if (!this.#isStopping && (await this.#visit(connections, partition))) found = true;
    return found;
  }

  async #visit(connections: Connections, partition: number): Promise<boolean> {
    const { place, consumer } = this.#parts;
    const key = streamKey(place, partition);
    const stream = new FeedStream(connections.redis, key, consumer);
    const found = await withAdvisoryLock(connections.postgres, key, () =>
      this.#work(connections, stream, key, partition),
    );
    if (found !== undefined) return found;
    // its holder sees to all that is there by now
    this.#seen.set(partition, await stream.lastAdded());
    return false;
  }

  async #work(
    { redis, postgres }: Connections,
    stream: FeedStream,
    key: string,
    partition: number,
  ): Promise<boolean> {
    const { place, tables, log, most = MOST } = this.#parts;
    const target = { tables, shapes: shapesOf(tables), months: this.#months };
    let found = false;
    for (let turn = 0; turn < MAX_TURNS && !this.#isStopping; turn += 1) {
      const taken = await stream.take(most);
      if (taken.length === 0) break;
      found = true;
      const counts = await applyStream({ redis, postgres, place, stream: key, target, log }, taken);
      this.#count(counts);
    }
    this.#seen.set(partition, await stream.lastTaken());
    await this.#trim(stream, partition);
    return found;
  }

  #count({ entries, rows, dead }: AppliedCounts): void {
    const total = this.#total;
    this.#total = {
      entries: total.entries + entries,
      rows: total.rows + rows,
      dead: total.dead + dead,
    };
  }

  async #trim(stream: FeedStream, partition: number): Promise<void> {
    const now = this.#parts.clock();
    const at = this.#trimmedAt.get(partition);
    if (at !== undefined && now >= at && now - at < TRIM_MS) return;
    this.#trimmedAt.set(partition, now);
    await stream.trim();
    await stream.dropConsumers();
  }

  /** @returns the partitions with news; all when there was none for a while. */
  async #waitForNews({ waiting }: Connections, most = WAIT_MS): Promise<readonly number[]> {
    const { place, pause } = this.#parts;
    const known = [...this.#seen];
    const news = await waiting.send(
      ...['XREAD', 'COUNT', '1', 'BLOCK', String(most), 'STREAMS'],
      ...known.map(([partition]) => streamKey(place, partition)),
      ...known.map(([, id]) => id),
    );
    const keys = new Set(listOf(news).map((one) => textOf(listOf(one)[0])));
    if (keys.size === 0) return this.#allPartitions();
    await pause(GATHER_MS);
    return known.flatMap(([partition]) =>
      keys.has(streamKey(place, partition)) ? [partition] : [],
    );
  }

  #succeeded(): void {
    if (this.#failed !== undefined) this.#parts.log('info', 'FEED_SINK_BACK', 'Applying again');
    this.#failed = undefined;
    this.#delay = FIRST_RETRY_MS;
  }

  async #failedWith(error: unknown): Promise<void> {
    await this.#hangUp();
    const reason = reasonOf(error);
    const remedy = remedyOf(error);
    if (this.#failed !== reason)
      this.#parts.log(
        'warn',
        'FEED_SINK_DOWN',
        `Cannot apply the feed: ${reason}`,
        remedy === undefined ? {} : { remedy },
      );
    this.#failed = reason;
    const until = this.#parts.clock() + this.#delay;
    this.#delay = Math.min(LAST_RETRY_MS, this.#delay * 2);
    while (!this.#isStopping && this.#parts.clock() < until) await this.#parts.pause(100);
  }

  async #leave(): Promise<void> {
    const { place, consumer } = this.#parts;
    const redis = this.#connections?.redis;
    try {
      if (redis !== undefined)
        for (let partition = 0; partition < place.partitions; partition += 1)
          await new FeedStream(redis, streamKey(place, partition), consumer).leave();
    } catch {
      // its name stays in the group until another worker drops it
    }
    await this.#hangUp();
  }

  async #hangUp(): Promise<void> {
    const connections = this.#connections;
    this.#connections = undefined;
    if (connections === undefined) return;
    const { redis, waiting, postgres } = connections;
    waiting.end();
    await Promise.all([redis.close(), postgres.close()]);
  }
}

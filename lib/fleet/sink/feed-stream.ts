import {
  fieldsOf,
  listOf,
  type RedisSession,
  sendThoughFull,
  textOf,
} from '../redis/connect-redis.ts';
import { compareIds, FEED_GROUP, nextId } from '../redis/feed-keys.ts';
import { RedisFault } from '../redis/redis-fault.ts';
import { type StreamEntry, takeEntries } from './take-entries.ts';

/** A consumer that has nothing and was not heard of for so long is deleted. */
const MAX_CONSUMER_IDLE_MS = 3_600_000;

/** One partition, as a worker of the consumer group sees it. */
export class FeedStream {
  readonly #session: RedisSession;
  readonly #key: string;
  readonly #consumer: string;

  constructor(session: RedisSession, key: string, consumer: string) {
    this.#session = session;
    this.#key = key;
    this.#consumer = consumer;
  }

  /**
   * Takes the oldest entries: first those that a worker took and did not acknowledge, then new
   * ones. Only the holder of the partition's lock calls it, so no other worker has them.
   */
  async take(most: number): Promise<readonly StreamEntry[]> {
    return this.#withGroup(() =>
      takeEntries(this.#session, { key: this.#key, consumer: this.#consumer, most }),
    );
  }

  /** The last entry that the group was given; all before it are handled or pending. */
  async lastTaken(): Promise<string> {
    return this.#withGroup(async () => {
      const groups = await this.#groups();
      return groups.find(({ name }) => name === FEED_GROUP)?.last ?? '0-0';
    });
  }

  /** The last entry that was ever added. */
  async lastAdded(): Promise<string> {
    return this.#withGroup(async () => {
      const about = fieldsOf(await this.#session.send('XINFO', 'STREAM', this.#key));
      return textOf(about.get('last-generated-id')) || '0-0';
    });
  }

  /** Deletes what every group of the stream has acknowledged. @returns how many entries. */
  async trim(): Promise<number> {
    return this.#withGroup(async () => {
      const groups = await this.#groups();
      const needed = await Promise.all(
        groups.map(async ({ name, last, pending }) => {
          if (pending === 0) return nextId(last);
          const [, first] = listOf(await this.#session.send('XPENDING', this.#key, name));
          return textOf(first) || nextId(last);
        }),
      );
      const [least] = needed.toSorted(compareIds);
      if (least === undefined) return 0;
      return Number(await this.#session.send('XTRIM', this.#key, 'MINID', least));
    });
  }

  /** Deletes consumers that have ended long ago, and holds nothing of theirs. */
  async dropConsumers(maxIdleMs = MAX_CONSUMER_IDLE_MS): Promise<void> {
    await this.#withGroup(async () => {
      const all = listOf(await this.#session.send('XINFO', 'CONSUMERS', this.#key, FEED_GROUP));
      for (const one of all) {
        const about = fieldsOf(one);
        const [name, pending] = [textOf(about.get('name')), Number(about.get('pending'))];
        if (pending === 0 && name !== this.#consumer && Number(about.get('idle')) >= maxIdleMs)
          await this.#session.send('XGROUP', 'DELCONSUMER', this.#key, FEED_GROUP, name);
      }
    });
  }

  /** Leaves the group, when nothing is pending here. */
  async leave(): Promise<void> {
    const mine = ['XPENDING', this.#key, FEED_GROUP, '-', '+', '1', this.#consumer];
    if (listOf(await this.#session.send(...mine)).length > 0) return;
    await this.#session.send('XGROUP', 'DELCONSUMER', this.#key, FEED_GROUP, this.#consumer);
  }

  async #groups(): Promise<
    ReadonlyArray<{ readonly name: string; readonly last: string; readonly pending: number }>
  > {
    return listOf(await this.#session.send('XINFO', 'GROUPS', this.#key)).map((one) => {
      const about = fieldsOf(one);
      return {
        name: textOf(about.get('name')),
        last: textOf(about.get('last-delivered-id')),
        pending: Number(about.get('pending')),
      };
    });
  }

  /** A Redis that is new, or has lost its data, has neither stream nor group. */
  async #withGroup<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof RedisFault) || !/NOGROUP|no such key/i.test(error.message))
        throw error;
      const words = ['XGROUP', 'CREATE', this.#key, FEED_GROUP, '0', 'MKSTREAM'];
      await sendThoughFull(this.#session, ...words).catch((fault: unknown) => {
        if (!(fault instanceof RedisFault) || !fault.message.startsWith('BUSYGROUP')) throw fault;
      });
      return action();
    }
  }
}

import { randomBytes } from 'node:crypto';
import type { Log } from '../../core/log.ts';
import { knowledgeNews, readLoneHosts, readTeamNames } from '../../store/postgres/knowledge.ts';
import { type PostgresSession, withAdvisoryLock } from '../../store/postgres/session.ts';
import { lessonRows } from '../knowledge-source.ts';
import { listOf, type RedisSession, textOf } from '../redis/connect-redis.ts';
import { knowledgeKeys } from '../redis/feed-keys.ts';
import { type KnowledgeMark, publishedText, readMark } from '../redis/redis-knowledge.ts';
import { RedisFault } from '../redis/redis-fault.ts';
import type { RedisPlace } from '../redis/redis-place.ts';

export interface PublisherParts {
  readonly place: RedisPlace;
  readonly clock: () => number;
  readonly log: Log;
}

/** Least time between two looks for news. */
const LOOK_MS = 250;

/** Patterns that are published together. */
const AT_ONCE = 100;

/**
 * Publishes in Redis what machines may learn of each other's failures, for those that have no way
 * into PostgreSQL. Of several workers one does it at a time. Rows, their order and how far they go
 * are written together: after a crash the next worker goes on from there, and a Redis that started
 * empty gets everything again.
 */
export class KnowledgePublisher {
  readonly #parts: PublisherParts;
  #lookedAt: number | undefined;
  #isDenied = false;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /**
   * Publishes what is new, if it is time to look. @returns after how many milliseconds it wants to
   * be called again at the latest; `undefined`: whenever there is time.
   * @throws a fault of a server.
   */
  async step(redis: RedisSession, postgres: PostgresSession): Promise<number | undefined> {
    if (this.#isDenied) return undefined;
    const now = this.#parts.clock();
    const since = now - (this.#lookedAt ?? Number.NEGATIVE_INFINITY);
    if (since >= 0 && since < LOOK_MS) return LOOK_MS - since;
    this.#lookedAt = now;
    await this.publish(redis, postgres);
    return undefined;
  }

  /** The same at once. */
  async publish(redis: RedisSession, postgres: PostgresSession): Promise<void> {
    const { place, log } = this.#parts;
    try {
      await withAdvisoryLock(postgres, `${place.prefix}:knowledge`, () =>
        publishNews(redis, postgres, place),
      );
    } catch (error) {
      if (!(error instanceof RedisFault) || error.kind !== 'denied') throw error;
      this.#isDenied = true;
      const reason = `The user of Redis may not publish what failed for others: ${error.message}. \`waymark docs team\` lists its rights`;
      log('warn', 'KNOWLEDGE_NOT_PUBLISHED', reason);
    }
  }
}

async function publishNews(
  redis: RedisSession,
  postgres: PostgresSession,
  place: RedisPlace,
): Promise<void> {
  const keys = knowledgeKeys(place);
  const mark = readMark(textOf(await redis.send('GET', keys.mark)));
  const news = await knowledgeNews(postgres, String(mark?.upTo ?? 0));
  const upTo = Number(news.upTo);
  // PostgreSQL was put back from a copy when it counts less than before
  const isNew = mark === undefined || upTo < mark.upTo;
  if (!isNew && news.ids.length === 0) return;
  const ids = isNew && mark !== undefined ? (await knowledgeNews(postgres, '0')).ids : news.ids;
  const texts = new Map<string, string>();
  for (let at = 0; at < ids.length; at += AT_ONCE)
    await addTexts(postgres, ids.slice(at, at + AT_ONCE), texts);
  const changed = isNew
    ? [...texts].filter(([, text]) => text !== '')
    : await changedOf(redis, keys.rows, [...texts]);
  const next: KnowledgeMark = {
    epoch: isNew ? randomBytes(9).toString('base64url') : mark.epoch,
    upTo,
  };
  await redis.together([
    ...(isNew ? [['DEL', keys.rows, keys.order]] : []),
    ...(changed.length === 0
      ? []
      : [
          ['HSET', keys.rows, ...changed.flat()],
          ['ZADD', keys.order, ...changed.flatMap(([id]) => [String(upTo), id])],
        ]),
    ['SET', keys.mark, JSON.stringify(next)],
    ...(changed.length === 0 && !isNew
      ? []
      : [['XADD', keys.news, 'MAXLEN', '1', '*', 'upTo', String(upTo)]]),
  ]);
}

async function addTexts(
  postgres: PostgresSession,
  ids: readonly string[],
  texts: Map<string, string>,
): Promise<void> {
  const { names } = await readTeamNames(postgres, 0);
  const rows = new Map(
    (await lessonRows(postgres, ids, '', { names, aheadMs: 0 })).map((row) => [
      String(row['id']),
      row,
    ]),
  );
  const lone = await readLoneHosts(postgres, [...rows.keys()]);
  for (const id of ids) {
    const row = rows.get(id);
    const hosts = lone.filter((one) => one['pattern_id'] === id).map((one) => String(one['host']));
    texts.set(id, row === undefined ? '' : publishedText(row, [...new Set(hosts)].toSorted()));
  }
}

/** Patterns of which something else is published. */
async function changedOf(
  redis: RedisSession,
  key: string,
  texts: ReadonlyArray<readonly [id: string, text: string]>,
): Promise<ReadonlyArray<readonly [id: string, text: string]>> {
  const known = listOf(await redis.send('HMGET', key, ...texts.map(([id]) => id)));
  return texts.filter(([, text], at) => textOf(known[at]) !== text);
}

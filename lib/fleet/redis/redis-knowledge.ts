import { isJsonObject, type JsonObject, parseJson, parseJsonObject } from '../../core/json.ts';
import { computePatternId } from '../../features/failure/error-pattern.ts';
import type { Row } from '../../store/database.ts';
import type { KnowledgeSource, SourceNews } from '../knowledge-source.ts';
import { listOf, type RedisSession, textOf } from './connect-redis.ts';
import { knowledgeKeys, markOfHost } from './feed-keys.ts';
import type { RedisPlace } from './redis-place.ts';

/** How far a worker has published what machines may learn. */
export interface KnowledgeMark {
  /** Another one begins anew: everything that is not in it holds no more. */
  readonly epoch: string;
  /** The transaction of PostgreSQL up to which everything is published. */
  readonly upTo: number;
}

export function readMark(text: string): KnowledgeMark | undefined {
  const { epoch, upTo } = parseJsonObject(text) ?? {};
  return typeof epoch === 'string' && typeof upTo === 'number' && Number.isSafeInteger(upTo)
    ? { epoch, upTo }
    : undefined;
}

/** What is published of a pattern. An empty text: it is not worth knowing any more. */
export function publishedText(row: Row, loneHosts: readonly string[]): string {
  return JSON.stringify({ row, notFor: loneHosts.map(markOfHost) });
}

/** Patterns that are read with one command. */
const AT_ONCE = 200;

/** Redis ends a wait after this time, and the next one begins. */
const WAIT_MS = 20_000;

export interface RedisKnowledgeParts {
  readonly place: RedisPlace;
  /** How the team knows this machine. */
  readonly host: string;
  readonly clock: () => number;
  readonly open: () => Promise<RedisSession>;
}

/**
 * Asks Redis for what a worker has published there. A second connection waits for news.
 * @param heard Is called when there are some.
 * @throws {@link RedisFault}
 */
export async function redisKnowledge(
  { place, host, clock, open }: RedisKnowledgeParts,
  heard: () => void,
): Promise<KnowledgeSource> {
  const keys = knowledgeKeys(place);
  const session = await open();
  let waiting: RedisSession;
  try {
    waiting = await open();
  } catch (error) {
    await session.close();
    throw error;
  }
  let isClosed = false;
  const wait = async (): Promise<void> => {
    for (let last = '0-0'; !isClosed; ) {
      const reply = await waiting.send('XREAD', 'BLOCK', `${WAIT_MS}`, 'STREAMS', keys.news, last);
      const newest = listOf(listOf(listOf(reply)[0])[1]).at(-1);
      if (newest === undefined) continue;
      last = textOf(listOf(newest)[0]);
      heard();
    }
  };
  // the next question meets what is wrong, and says so
  wait().catch(() => heard());
  return {
    news: async (after) => newsOf(session, keys, after),
    rowsOf: async (ids) => {
      const aheadMs = await aheadOf(session, clock());
      const rows: Row[] = [];
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const part = ids.slice(at, at + AT_ONCE);
        for (const text of listOf(await session.send('HMGET', keys.rows, ...part)))
          rows.push(...rowOf(textOf(text), markOfHost(host), aheadMs));
      }
      return rows;
    },
    close: async () => {
      isClosed = true;
      waiting.end();
      await session.close();
    },
  };
}

async function newsOf(
  session: RedisSession,
  keys: ReturnType<typeof knowledgeKeys>,
  after: string,
): Promise<SourceNews> {
  const mark = readMark(textOf(await session.send('GET', keys.mark)));
  const [epoch = '', known = '0'] = after.split(' ');
  const nothing = { ids: [], isWhole: false, upTo: after, isPending: false };
  if (mark === undefined) return nothing; // no worker has published anything yet
  const isWhole = mark.epoch !== epoch;
  if (!isWhole && mark.upTo <= Number(known)) return nothing;
  const from = isWhole ? '-inf' : `(${known}`;
  const ids = listOf(await session.send('ZRANGE', keys.order, from, '+inf', 'BYSCORE'));
  return { ids: ids.map(textOf), isWhole, upTo: `${mark.epoch} ${mark.upTo}`, isPending: false };
}

const MINUTE_MS = 60_000;

/** How far the clock of this machine is ahead of the server's, in whole minutes. */
async function aheadOf(session: RedisSession, now: number): Promise<number> {
  const [seconds] = listOf(await session.send('TIME'));
  const server = Number(textOf(seconds)) * 1_000;
  return Math.trunc((now - server) / MINUTE_MS) * MINUTE_MS;
}

const TEXTS = [
  ...['id', 'command_key', 'tool', 'command', 'error', 'needle', 'kind', 'last_error'],
  ...['last_command', 'repositories', 'failed', 'fix', 'fix_keys'],
] as const;

const NUMBERS = [
  ...['is_general', 'count', 'sessions', 'people', 'first_at', 'last_at', 'is_global'],
  ...['fix_is_edit', 'fix_is_whole', 'fix_count', 'is_confirmed'],
] as const;

/** It comes from another machine: nothing in it is believed. */
function rowOf(text: string, self: string, aheadMs: number): readonly Row[] {
  const { row, notFor } = parseJsonObject(text) ?? {};
  if (!isJsonObject(row) || !Array.isArray(notFor) || notFor.includes(self)) return [];
  const texts = TEXTS.map((name): [string, unknown] => [name, row[name]]);
  const numbers = NUMBERS.map((name): [string, unknown] => [name, row[name]]);
  const isSound =
    texts.every(([, value]) => typeof value === 'string') &&
    numbers.every(([, value]) => Number.isSafeInteger(value)) &&
    row['id'] === computePatternId(String(row['command_key']), String(row['error']));
  return isSound ? [byThisClock(row, aheadMs)] : [];
}

function byThisClock(row: JsonObject, aheadMs: number): Row {
  const failed = parseJson(String(row['failed']));
  const moved = (Array.isArray(failed) ? failed : []).flatMap((one: unknown) =>
    isJsonObject(one) && typeof one['at'] === 'number'
      ? [{ exact: String(one['exact']), at: one['at'] + aheadMs, command: String(one['command']) }]
      : [],
  );
  return {
    ...Object.fromEntries(TEXTS.map((name) => [name, String(row[name])])),
    ...Object.fromEntries(NUMBERS.map((name) => [name, Number(row[name])])),
    first_at: Number(row['first_at']) + aheadMs,
    last_at: Number(row['last_at']) + aheadMs,
    failed: JSON.stringify(moved),
  };
}

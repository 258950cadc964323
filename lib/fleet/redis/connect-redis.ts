import { readFileSync } from 'node:fs';
import { RedisFault, redisFault } from './redis-fault.ts';
import type { RedisPlace } from './redis-place.ts';

/** What Redis answers: texts come as bytes. */
export type Reply = Buffer | string | number | null | readonly Reply[];
type Argument = string | Buffer;

/** A connection to Redis. Every fault surfaces as a {@link RedisFault}. */
export interface RedisSession {
  /** Sends one command. Commands that are sent without waiting go in one packet. */
  send(...words: readonly Argument[]): Promise<Reply>;
  /** Sends commands that Redis runs together or not at all. */
  together(commands: ReadonlyArray<readonly Argument[]>): Promise<void>;
  close(): Promise<void>;
  /** Ends it at once: what waits for a reply fails. */
  end(): void;
}

export interface RedisOptions {
  readonly place: RedisPlace;
  readonly password?: string | undefined;
  /** Longest time for a reply, in milliseconds; more for commands that wait. */
  readonly replyMs?: number;
}

const CONNECT_MS = 10_000;
const REPLY_MS = 30_000;
const CLOSE_MS = 1_000;

/** Connects to Redis; loads the client when it is called first. @throws {@link RedisFault} */
export async function connectRedis({
  place,
  password,
  replyMs = REPLY_MS,
}: RedisOptions): Promise<RedisSession> {
  const { createClient, RESP_TYPES } = await import('@redis/client');
  const { host, port, isTls, ca, user, database } = place;
  const common = { host, port, connectTimeout: CONNECT_MS, reconnectStrategy: false as const };
  const client = createClient({
    RESP: 2,
    socket: isTls ? { ...common, tls: true, ...certificates(ca, host) } : common,
    ...(user === undefined || password === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(database === 0 ? {} : { database }),
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
  // a connection that ends while nothing runs is noticed by the next command
  client.on('error', () => undefined);
  const destroy = (): void => {
    if (client.isOpen) client.destroy();
  };
  // one late reply ends the connection, and with it what else waits for a reply
  let late: RedisFault | undefined;
  const isLate = (ms: number): RedisFault => {
    late ??= new RedisFault('down', `no answer within ${ms / 1_000} s`, undefined);
    destroy();
    return late;
  };
  const answered = <T>(reply: Promise<T>, ms: number): Promise<T> =>
    withinTime(reply, ms, isLate).catch((error: unknown) => {
      throw late ?? redisFault(error);
    });
  await answered(client.connect(), CONNECT_MS);
  const send = (words: readonly Argument[]): Promise<Reply> =>
    answered(client.sendCommand<Reply>([...words]), replyMs);
  return {
    send: (...words) => send(words),
    together: async (commands) => {
      const replies = [['MULTI'], ...commands, ['EXEC']].map(send);
      await Promise.all(replies);
    },
    close: async () => {
      if (client.isReady) await withinTime(client.close(), CLOSE_MS, isLate).catch(() => undefined);
      destroy();
    },
    end: destroy,
  };
}

function certificates(ca: string | undefined, host: string) {
  // a name for the certificate; an address has none
  const name = /^[\d.:]+$/.test(host) ? {} : { servername: host };
  try {
    return ca === undefined ? name : { ...name, ca: readFileSync(ca) };
  } catch (error) {
    throw new RedisFault('denied', `cannot read the certificate ${ca}`, error);
  }
}

async function withinTime<T>(
  reply: Promise<T>,
  ms: number,
  isLate: (ms: number) => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(isLate(ms)), ms);
  });
  try {
    return await Promise.race([reply, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A script is refused without memory, unless it says otherwise. */
const THOUGH_FULL = '#!lua flags=allow-oom\nreturn redis.call(unpack(ARGV))';

/**
 * Sends a command that a Redis without memory takes, too. For the few writes by which workers make
 * its streams shorter.
 */
export function sendThoughFull(
  session: RedisSession,
  ...words: readonly Argument[]
): Promise<Reply> {
  return session.send('EVAL', THOUGH_FULL, '0', ...words);
}

/** The text of a reply; empty for none. */
export function textOf(reply: Reply | undefined): string {
  if (Buffer.isBuffer(reply)) return reply.toString('utf8');
  return typeof reply === 'string' || typeof reply === 'number' ? String(reply) : '';
}

/** The items of a reply; none for anything else. */
export function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}

/** The fields of a reply that lists names and values. */
export function fieldsOf(reply: Reply | undefined): ReadonlyMap<string, Reply> {
  const list = listOf(reply);
  const pairs = Array.from({ length: Math.floor(list.length / 2) }, (_, index): [string, Reply] => [
    textOf(list[2 * index]),
    list[2 * index + 1] ?? null,
  ]);
  return new Map(pairs);
}

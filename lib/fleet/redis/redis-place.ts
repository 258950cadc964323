import { WaymarkError } from '../../core/errors.ts';

/** Where the streams of a team are. */
export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly user: string | undefined;
  readonly database: number;
  /** A file with certificates that sign the server's, instead of those of the system. */
  readonly ca: string | undefined;
  /** What the names of all keys begin with. */
  readonly prefix: string;
  /** Streams that share the machines of the team. */
  readonly partitions: number;
}

const DEFAULT_PORT = 6379;
const DEFAULT_PREFIX = 'waymark';
const DEFAULT_PARTITIONS = 8;
const MAX_PARTITIONS = 1_024;

const KNOWN = new Set(['ca', 'prefix', 'partitions']);

/** Whether an address is one of Redis. */
export function isRedisUrl(url: string): boolean {
  return /^rediss?:/i.test(url.trim());
}

/**
 * Reads `rediss://USER@HOST:PORT/DB?prefix=waymark&partitions=8&ca=/path/ca.pem`.
 * @throws {@link WaymarkError} USAGE
 */
export function redisPlace(text: string): RedisPlace {
  const url = URL.canParse(text) ? new URL(text) : refuse('it is not a URL');
  if (!isRedisUrl(text)) refuse('it does not begin with redis:// or rediss://');
  const unknown = [...url.searchParams.keys()].find((name) => !KNOWN.has(name));
  if (unknown !== undefined) refuse(`it has an unknown parameter ${unknown}`);
  const path = url.pathname.replace(/^\//, '');
  const prefix = url.searchParams.get('prefix') ?? DEFAULT_PREFIX;
  if (!/^[\w.-]{1,64}$/.test(prefix))
    refuse('prefix must be 1 to 64 letters, digits, dots or dashes');
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    isTls: url.protocol === 'rediss:',
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    database: path === '' ? 0 : numberIn(path, 'the database', 0, 65_535),
    ca: url.searchParams.get('ca') ?? undefined,
    prefix,
    partitions: numberIn(
      url.searchParams.get('partitions') ?? String(DEFAULT_PARTITIONS),
      'partitions',
      1,
      MAX_PARTITIONS,
    ),
  };
}

function numberIn(text: string, what: string, least: number, most: number): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  return refuse(`${what} must be a number from ${least} to ${most}`);
}

function refuse(reason: string): never {
  throw new WaymarkError('USAGE', `Cannot use the address: ${reason}`, {
    remedy: 'Give it as redis://USER@HOST:PORT; `waymark docs team` shows how.',
  });
}

import { randomBytes } from 'node:crypto';
import { WaymarkError } from '../../core/errors.ts';
import { parseJsonObject, stringField } from '../../core/json.ts';
import type { AppliedUpTo, FleetHost } from '../../store/postgres/hosts.ts';
import type { FleetOutlet, Receipt } from '../outlet.ts';
import type { FleetBatch } from '../read-batch.ts';
import { connectRedis, type RedisSession, textOf } from './connect-redis.ts';
import { entryFields } from './feed-entry.ts';
import { partitionOf, receiptKey, streamKey } from './feed-keys.ts';
import type { RedisPlace } from './redis-place.ts';

export interface RedisOutletParts {
  readonly host: FleetHost;
  readonly place: RedisPlace;
  readonly password?: string | undefined;
  /** Where the feed began. */
  readonly start: AppliedUpTo;
  /** Longest time for a reply, in milliseconds. */
  readonly replyMs?: number;
}

/** Batches that are sent before their replies are waited for. */
const MAX_AHEAD = 8;

/** Opens the way into the stream of the machine's partition. @throws {@link RedisFault} */
export async function openRedisOutlet(parts: RedisOutletParts): Promise<FleetOutlet> {
  const session = await connectRedis(parts);
  try {
    return await redisOutletOf(session, parts);
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function redisOutletOf(
  session: RedisSession,
  { host, place, start }: RedisOutletParts,
): Promise<FleetOutlet> {
  const [key, receipts] = [
    streamKey(place, partitionOf(host.host, place)),
    receiptKey(place, host.host),
  ];
  const head = { ...host, start, round: randomBytes(6).toString('base64url') };
  const ask = async (): Promise<Receipt> =>
    readReceipt(textOf(await session.send('GET', receipts)), head);
  let underWay: Array<Promise<unknown>> = [];
  return {
    arrived: (await ask()).upTo,
    isExact: false,
    maxAhead: MAX_AHEAD,
    send: async (batch, now) => {
      const reply = session.send('XADD', key, '*', ...entryFields(head, batch, now));
      // its fault surfaces in receipt()
      reply.catch(() => undefined);
      underWay.push(reply);
    },
    receipt: async () => {
      const receipt = ask();
      receipt.catch(() => undefined);
      const replies = underWay;
      underWay = [];
      await Promise.all(replies);
      return receipt;
    },
    close: () => session.close(),
  };
}

/** What a worker writes for a machine when it has applied its entries. */
export interface StoredReceipt {
  readonly feed: string;
  readonly upTo: AppliedUpTo;
  /** The round of which something is missing. */
  readonly missing?: string;
  /** The round that asked to delete the machine, which is done. */
  readonly left?: string;
}

export function receiptText({ feed, upTo, missing, left }: StoredReceipt): string {
  const signs = {
    ...(missing === undefined ? {} : { missing }),
    ...(left === undefined ? {} : { left }),
  };
  return JSON.stringify({ feed, ...upTo, ...signs });
}

/** The round in which the machine of a receipt was deleted; `undefined`: it was not. */
export function leftIn(text: string): string | undefined {
  return stringField(parseJsonObject(text) ?? {}, 'left');
}

const NOTHING = { change: 0, event: 0 };

function readReceipt(
  text: string,
  { feed, round }: { readonly feed: string; readonly round: string },
): Receipt {
  const stored = parseJsonObject(text) ?? {};
  if (leftIn(text) !== undefined)
    throw new WaymarkError('FLEET_NOT_READY', 'Cannot send rows: this machine has left the team', {
      remedy: 'Run `waymark fleet leave`, then `waymark fleet join` again.',
    });
  if (stringField(stored, 'feed') !== feed) return { upTo: NOTHING, isLost: false };
  const [change, event] = [Number(stored['change']), Number(stored['event'])];
  const isSound = Number.isSafeInteger(change) && Number.isSafeInteger(event);
  return {
    upTo: isSound ? { change, event } : NOTHING,
    isLost: stringField(stored, 'missing') === round,
  };
}

/** A batch without changes: the answer to it says what the team has. */
export function emptyBatch(at: AppliedUpTo): FleetBatch {
  return {
    ...{ from: at, upTo: at.change, eventsUpTo: at.event },
    ...{ changes: [], numbers: [], eventsAt: 0, forgotten: [] },
  };
}

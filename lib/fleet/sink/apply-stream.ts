import type { Log } from '../../core/log.ts';
import {
  applyEntries,
  type EntryPlace,
  type EntryResult,
  type HostEntry,
} from '../../store/postgres/apply-entries.ts';
import type { PostgresSession } from '../../store/postgres/session.ts';
import { oneLine } from '../../core/one-line.ts';
import { type RedisSession, sendThoughFull } from '../redis/connect-redis.ts';
import { EntryFault, type FeedEntry, readEntry } from '../redis/feed-entry.ts';
import { deadKey, FEED_GROUP, MAX_ENTRY_BYTES, receiptKey } from '../redis/feed-keys.ts';
import { receiptText } from '../redis/redis-outlet.ts';
import type { RedisPlace } from '../redis/redis-place.ts';
import { addDeadChange, addDeadEntry, deleteLettersOf } from './dead-feed.ts';
import { MAX_DELIVERIES_TOGETHER, type StreamEntry } from './take-entries.ts';

/** Most changes of one transaction. */
const MAX_CHANGES = 4_000;

/** Most letters of one transaction, if it has more than one entry: it must not take a minute. */
const MAX_SIZE = 8_000_000;

/** An entry whose worker died so often is put aside; it is applied alone before. */
const MAX_DELIVERIES = 20;

/** Receipts of machines that are gone end after 60 days. */
const RECEIPT_SECONDS = 60 * 86_400;

export interface ApplyParts {
  readonly redis: RedisSession;
  readonly postgres: PostgresSession;
  readonly place: RedisPlace;
  /** The key of the stream. */
  readonly stream: string;
  readonly target: Omit<EntryPlace, 'onRefused'>;
  readonly log: Log;
}

/** What became of some entries. */
export interface AppliedCounts {
  readonly entries: number;
  readonly rows: number;
  readonly dead: number;
}

interface ReadEntry {
  readonly id: string;
  readonly entry: FeedEntry & { readonly takenAt: number };
  readonly isAlone: boolean;
  readonly fields: StreamEntry['fields'];
}

/**
 * Applies entries of one stream in their order, gives their machines a receipt, and acknowledges
 * them. What cannot be applied is put aside before its place counts as applied.
 * @throws a fault of a server; entries that were not acknowledged are pending then.
 */
export async function applyStream(
  parts: ApplyParts,
  taken: readonly StreamEntry[],
): Promise<AppliedCounts> {
  const letters = { count: 0 };
  const unread: string[] = [];
  let rows = 0;
  let open: ReadEntry[] = [];
  const applyOpen = async (): Promise<void> => {
    const part = open;
    open = [];
    if (part.length === 0) return;
    const place: EntryPlace = {
      ...parts.target,
      onRefused: async (entry, change, fault) => {
        letters.count += 1;
        const id = part.find((one) => one.entry === entry)?.id ?? '';
        const cause = { stream: parts.stream, entry: id, reason: oneLine(fault.message) };
        await addDeadChange(parts.redis, deadKey(parts.place), cause, entry, change);
      },
    };
    const entries = part.map(({ entry }) => entry);
    const results = await applyEntries(parts.postgres, place, entries);
    rows += results.reduce((sum, result) => sum + result.rows, 0);
    letters.count += await seeToMachines(parts, part, results);
    await acknowledge(parts, part, results);
  };
  // entries are read as they are applied: a few bytes of each may expand to many
  for (const one of taken) {
    const entry = await readOrPutAside(parts, one, letters);
    if (entry === undefined) {
      unread.push(one.id);
      continue;
    }
    if (!isRoomFor(entry, open)) await applyOpen();
    open.push(entry);
  }
  await applyOpen();
  if (unread.length > 0) await parts.redis.send('XACK', parts.stream, FEED_GROUP, ...unread);
  if (letters.count > 0)
    parts.log('warn', 'FEED_PUT_ASIDE', 'PostgreSQL cannot take what a machine sent', {
      letters: letters.count,
    });
  return { entries: taken.length, rows, dead: letters.count };
}

/** Deletes letters of machines that have left, and puts aside what names one of another team. */
async function seeToMachines(
  { redis, place, stream }: ApplyParts,
  part: readonly ReadEntry[],
  results: readonly EntryResult[],
): Promise<number> {
  let count = 0;
  for (const [at, { id, entry, fields }] of part.entries()) {
    const outcome = results[at]?.outcome;
    if (outcome === 'left') await deleteLettersOf(redis, deadKey(place), entry.host);
    if (outcome !== 'foreign') continue;
    count += 1;
    const reason = 'it names a machine of another team';
    await addDeadEntry(redis, deadKey(place), { stream, entry: id, reason }, fields);
  }
  return count;
}

async function readOrPutAside(
  { redis, place, stream, target }: ApplyParts,
  { id, fields, deliveries, bytes, isTooLarge }: StreamEntry,
  letters: { count: number },
): Promise<ReadEntry | undefined> {
  const putAside = async (reason: string): Promise<void> => {
    letters.count += 1;
    await addDeadEntry(redis, deadKey(place), { stream, entry: id, reason }, fields);
  };
  // its data is not even read then: reading it may be what ended them
  const unreadable = isTooLarge
    ? `it has ${bytes.toLocaleString('en')} bytes, and workers take ${MAX_ENTRY_BYTES.toLocaleString('en')}; its data is not kept`
    : deliveries > MAX_DELIVERIES
      ? `${deliveries} workers ended while they applied it`
      : undefined;
  try {
    const read = readEntry(fields, target.shapes, unreadable);
    const entry = { ...read, takenAt: Number(id.split('-')[0]) };
    const reason = entry.fault;
    if (reason !== undefined) await putAside(reason);
    const nothing = { changes: [], numbers: [], eventsAt: 0, forgotten: [], isLeaving: false };
    const isAlone = deliveries > MAX_DELIVERIES_TOGETHER;
    return { id, fields, isAlone, entry: reason === undefined ? entry : { ...entry, ...nothing } };
  } catch (error) {
    if (!(error instanceof EntryFault)) throw error;
    await putAside(unreadable ?? error.message);
    return undefined;
  }
}

/** Whether an entry goes into the same transaction. */
function isRoomFor({ isAlone, entry }: ReadEntry, part: readonly ReadEntry[]): boolean {
  if (part.length === 0) return true;
  if (isAlone || part.some((one) => one.isAlone)) return false;
  const sum = (of: (one: FeedEntry) => number): number =>
    part.reduce((all, one) => all + of(one.entry), of(entry));
  return sum(({ changes }) => changes.length) <= MAX_CHANGES && sum(({ size }) => size) <= MAX_SIZE;
}

async function acknowledge(
  { redis, place, stream, log }: ApplyParts,
  part: readonly ReadEntry[],
  results: readonly EntryResult[],
): Promise<void> {
  const receipts = new Map<string, string>();
  for (const [at, { entry }] of part.entries()) {
    const { outcome, upTo } = results[at] ?? { outcome: 'known', upTo: entry.start };
    // the machine has its last receipt, or belongs to another team
    if (outcome === 'gone' || outcome === 'foreign') continue;
    const isGap = outcome === 'gap';
    if (isGap) logGap(log, entry);
    const { feed, round } = entry;
    receipts.set(
      entry.host,
      receiptText({
        ...{ feed, upTo },
        ...(isGap ? { missing: round } : {}),
        ...(outcome === 'left' ? { left: round } : {}),
      }),
    );
  }
  const writes = [...receipts].map(([host, text]) =>
    sendThoughFull(redis, 'SET', receiptKey(place, host), text, 'EX', String(RECEIPT_SECONDS)),
  );
  // behind the receipts: a worker that dies in between writes them again
  const ids = part.map(({ id }) => id);
  await Promise.all([...writes, redis.send('XACK', stream, FEED_GROUP, ...ids)]);
}

function logGap(log: Log, { host, from }: HostEntry): void {
  log('info', 'FEED_GAP', 'Entries before this one are missing: asked the machine to send again', {
    host,
    change: from.change,
  });
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { EventEnvelope } from '../events/envelope.ts';
import { eventId } from '../events/event-id.ts';
import { ERRORS, errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import type { Config } from '../config/resolve.ts';
import type { Log } from '../core/log.ts';
import type { ClaimedEntry } from '../queue/claimed-entry.ts';
import type { QueueFolder } from '../queue/queue-folder.ts';
import { moveToDead, nack, release, retryDelay } from '../queue/acknowledge.ts';
import type { Applied, ApplyEvents } from '../store/apply-events.ts';
import { storeFaultOf } from '../store/store-fault.ts';
import { readEvent } from './read-event.ts';

/**
 * How long to wait for the store's lock, and how long to do something else before the next try, in
 * milliseconds. A batch of another worker takes a few.
 */
const LOCK_WAIT_MS = 1;
const MAX_PAUSE_MS = 8;

/** Give up after half a second: no worker holds the lock that long. */
const MAX_LOCK_TRIES = 60;

export interface BatchParts {
  readonly queue: QueueFolder;
  readonly config: () => Config;
  readonly clock: () => number;
  readonly random: () => number;
  readonly log: Log;
  readonly apply: ApplyEvents;
  /** Whether the effect of this event is committed. */
  readonly isKnown: (id: string) => boolean;
  /** Takes entries whose effect is committed, each at most once. */
  readonly acknowledge: (entries: readonly ClaimedEntry[]) => void;
  /** Redacts secrets in events, in order; returns the same objects if there are none. */
  readonly redact: (events: readonly EventEnvelope[]) => readonly EventEnvelope[];
  /** Called between commit and acknowledgement. Tests kill the process here. */
  readonly onCommitted?: () => void;
}

export interface BatchResult {
  readonly applied: readonly ClaimedEntry[];
  readonly known: number;
  readonly failed: number;
  readonly dead: number;
}

interface Readable {
  readonly entry: ClaimedEntry;
  readonly event: EventEnvelope;
}

/**
 * Turns claimed entries into rows: read, redact, apply in one transaction, acknowledge. Bad entries
 * go to dead/ with their reason, failing ones wait for another attempt, and neither affects the
 * others.
 * @throws {@link StoreFault} if the store cannot work; the entries are given back then, with
 * unchanged attempts.
 */
export async function processBatch(
  entries: readonly ClaimedEntry[],
  parts: BatchParts,
): Promise<BatchResult> {
  const readable: Readable[] = [];
  const done: ClaimedEntry[] = [];
  let dead = 0;
  let failed = 0;
  for (const entry of entries) {
    const event = readOrReject(entry, parts);
    if (event === 'dead') dead += 1;
    else if (event === 'retried') failed += 1;
    else if (event === 'known') done.push(entry);
    else readable.push({ entry, event });
  }
  let known = done.length;
  const results = await applyOrRelease(readable, parts);
  if (readable.length > 0) parts.onCommitted?.();
  const applied: ClaimedEntry[] = [];
  for (const [index, { entry }] of readable.entries()) {
    const result = results[index];
    if (result === undefined || result.state === 'failed') {
      failed += 1;
      dead += retryOrMoveToDead(entry, result?.error, parts) ? 0 : 1;
      continue;
    }
    done.push(entry);
    if (result.state === 'applied') applied.push(entry);
    else known += 1;
  }
  parts.acknowledge(done);
  return { applied, known, failed, dead };
}

/**
 * Reads the event of an entry. A bad entry goes to dead/; one that the disk refuses gets another
 * attempt.
 */
function readOrReject(
  entry: ClaimedEntry,
  parts: BatchParts,
): EventEnvelope | 'dead' | 'retried' | 'known' {
  const { maxAttempts, entryCap } = parts.config();
  try {
    if (entry.name.attempts <= maxAttempts) return readEvent(entry, entryCap);
    // Not read again: reading may be what crashes the worker. But its worker may also have crashed
    // each time between commit and acknowledgement.
    if (parts.isKnown(eventId(entry.name))) return 'known';
    throw new WaymarkError(
      'HANDLING_FAILED',
      `Cannot handle the entry: ${maxAttempts} attempts ended without an answer`,
    );
  } catch (error) {
    if (!(error instanceof WaymarkError)) {
      if (errnoOf(error) === '') throw error;
      return retryOrMoveToDead(entry, error, parts) ? 'retried' : 'dead';
    }
    moveToDeadFor(entry, error, parts);
    return 'dead';
  }
}

async function applyOrRelease(
  readable: readonly Readable[],
  parts: BatchParts,
): Promise<readonly Applied[]> {
  if (readable.length === 0) return [];
  try {
    return await applyInTurn(parts.redact(readable.map(({ event }) => event)), parts);
  } catch (error) {
    for (const { entry } of readable) release(parts.queue, entry);
    throw error;
  }
}

/**
 * Applies a batch as soon as other workers release the lock. Does not block this process in the
 * meantime.
 */
async function applyInTurn(
  events: readonly EventEnvelope[],
  parts: BatchParts,
): Promise<readonly Applied[]> {
  for (let turn = 1; ; turn += 1) {
    try {
      return parts.apply(events, LOCK_WAIT_MS);
    } catch (error) {
      if (storeFaultOf(error)?.kind !== 'BUSY' || turn === MAX_LOCK_TRIES) throw error;
      await sleep(Math.min(turn, MAX_PAUSE_MS));
    }
  }
}

/** @returns whether the entry gets another attempt. */
function retryOrMoveToDead(entry: ClaimedEntry, error: unknown, parts: BatchParts): boolean {
  const { maxAttempts, retryBase, retryCap } = parts.config();
  const { attempts } = entry.name;
  if (attempts >= maxAttempts) {
    moveToDeadFor(
      entry,
      new WaymarkError(
        'HANDLING_FAILED',
        `Cannot apply the event after ${attempts} attempts: ${reasonOf(error)}`,
      ),
      parts,
    );
    return false;
  }
  const delay = retryDelay(attempts, retryBase, retryCap, parts.random);
  nack(parts.queue, entry, parts.clock() + delay);
  parts.log('warn', 'ENTRY_RETRIED', `Cannot apply an event yet: ${reasonOf(error)}`, {
    entry: entry.name.random,
    attempts,
    delayMs: delay,
  });
  return true;
}

function moveToDeadFor(entry: ClaimedEntry, error: WaymarkError, parts: BatchParts): void {
  const { attempts } = entry.name;
  const foreign = entry.foreignName === undefined ? {} : { foreignName: entry.foreignName };
  moveToDead(
    parts.queue,
    entry,
    {
      code: error.code,
      reason: error.message,
      remedy: ERRORS[error.code].remedy,
      attempts,
      ...foreign,
    },
    parts.clock(),
  );
  parts.log('error', 'ENTRY_DEAD', error.message, {
    entry: entry.name.random,
    attempts,
    code: error.code,
  });
}

/**
 * A batch that takes longer halves the next one, because an urgent entry waits for the running
 * batch.
 */
const LONG_MS = 60;

/**
 * A batch that takes less doubles the next one, because each batch costs a transaction and a sync,
 * however small it is.
 */
const SHORT_MS = 25;

/**
 * The first batch, and the minimum: a worker that has just started needs several times as long per
 * entry.
 */
const LEAST = 64;

/** The number of entries to claim at once, adapted to the time that the last batches took. */
export class BatchSize {
  readonly #most: () => number;
  #size = LEAST;

  /** @param most The setting `batchSize`; read each time. */
  constructor(most: () => number) {
    this.#most = most;
  }

  get now(): number {
    return Math.min(this.#size, this.#most());
  }

  /**
   * Records a batch of `count` entries that took `ms`. A batch that was not full says nothing about
   * larger ones.
   */
  note(count: number, ms: number): void {
    if (ms > LONG_MS) this.#size = Math.max(LEAST, Math.floor(this.#size / 2));
    else if (ms < SHORT_MS && count >= this.now) this.#size = Math.min(this.#most(), this.now * 2);
  }
}

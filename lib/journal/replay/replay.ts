import {
  AGAIN_TAG,
  type EventDraft,
  type EventEnvelope,
  PRIORITY,
  sealEvent,
} from '../../events/envelope.ts';
import { eventId, type EventStamp } from '../../events/event-id.ts';
import { WaymarkError } from '../../core/errors.ts';
import { enqueue } from '../../queue/enqueue.ts';
import { listNames } from '../../queue/pending-scan.ts';
import type { QueueFolder } from '../../queue/queue-folder.ts';
import { PARCEL } from '../../store/parcel.ts';
import { TO_TAG } from '../../store/replay-rule.ts';

export interface ReplayParts extends ReplayAim {
  readonly queue: QueueFolder;
  /** Largest entry, in bytes. */
  readonly entryCap: number;
  readonly nextStamp: () => EventStamp;
  /** Wakes a worker. */
  readonly wake: () => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Called with each queued event and its new id. */
  readonly onQueued?: (event: EventEnvelope, id: string) => void;
  /** Called with each event that is too large to queue again. */
  readonly onRefused?: (event: EventEnvelope, error: WaymarkError) => void;
}

/**
 * Events per queue entry: one file per event would cost more than all the rest. A full batch of
 * such entries is still one short transaction.
 */
const PARCEL_EVENTS = 16;

/** Most entries that may wait in the queue. After that, the replay waits for the worker. */
const MAX_WAITING = 512;

/** How many are queued between two checks of the queue. */
const PORTION = 64;

const POLL_INTERVAL_MS = 10;

/** If the queue does not shrink for this long, no worker takes entries. */
const PATIENCE_MS = 60_000;

/**
 * Queues events again, several per entry and marked as replays, after everything else that waits,
 * and no faster than the worker processes them.
 * @returns how many were queued.
 * @throws {@link WaymarkError} WORKER_ABSENT if no worker takes them, QUEUE_WRITE_FAILED.
 */
export async function replay(events: Iterable<EventEnvelope>, parts: ReplayParts): Promise<number> {
  let queued = 0;
  let entries = 0;
  for (const group of inGroups(events, parts.entryCap)) {
    queued += queueGroup(group, parts);
    entries += 1;
    if (entries % PORTION !== 0) continue;
    parts.wake();
    await waitForRoom(queued, parts);
  }
  if (queued > 0) parts.wake();
  return queued;
}

/**
 * Groups up to sixteen events that fit into one entry together with their marks. A large event is
 * alone.
 */
function* inGroups(
  events: Iterable<EventEnvelope>,
  entryCap: number,
): Generator<readonly EventEnvelope[]> {
  let group: EventEnvelope[] = [];
  let size = 0;
  for (const event of events) {
    const bytes = Buffer.byteLength(JSON.stringify(event)) + MARK_BYTES;
    if (group.length > 0 && (size + bytes > entryCap || group.length === PARCEL_EVENTS)) {
      yield group;
      group = [];
      size = 0;
    }
    group.push(event);
    size += bytes + (size === 0 ? MARK_BYTES : 0);
  }
  if (group.length > 0) yield group;
}

/** Most bytes that a mark and its parcel add. */
const MARK_BYTES = 512;

/** @returns how many were queued. */
function queueGroup(group: readonly EventEnvelope[], parts: ReplayParts): number {
  const marked = group.map((event) => {
    const stamp = parts.nextStamp();
    return { stamp, event, replay: markReplay(event, parts, stamp) };
  });
  const [only] = marked;
  const stamp = parts.nextStamp();
  const parcel: EventDraft = {
    type: PARCEL,
    priority: PRIORITY.bulk,
    payload: { events: marked.map(({ replay: one }) => one) },
  };
  try {
    if (marked.length === 1 && only !== undefined) queueOne(only.replay, only.stamp, parts);
    else queueOne(sealEvent(parcel, stamp, 'cli'), stamp, parts);
  } catch (error) {
    if (!(error instanceof WaymarkError) || error.code !== 'ENTRY_TOO_LARGE') throw error;
    for (const { event } of marked) parts.onRefused?.(event, error);
    return 0;
  }
  for (const { event, replay: one } of marked) parts.onQueued?.(event, one.event_id);
  return marked.length;
}

function queueOne(event: EventEnvelope, stamp: EventStamp, { queue, entryCap }: ReplayParts): void {
  enqueue(queue, event, stamp, PRIORITY.bulk, {
    durability: 'none',
    queueCap: Number.POSITIVE_INFINITY,
    entryCap,
  });
}

async function waitForRoom(
  queued: number,
  { queue, sleep, clock, wake }: ReplayParts,
): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  let changedAt = clock();
  for (;;) {
    const waiting = listNames(`${queue.pending}/${PRIORITY.bulk}`).length;
    if (waiting < MAX_WAITING) return;
    if (waiting < least) changedAt = clock();
    least = Math.min(least, waiting);
    if (clock() - changedAt > PATIENCE_MS)
      throw new WaymarkError(
        'WORKER_ABSENT',
        `Cannot replay further: ${queued} events were queued, ${waiting} entries wait, and no worker takes them`,
      );
    wake();
    await sleep(POLL_INTERVAL_MS);
  }
}

/** The purpose of a replay. */
export interface ReplayAim {
  /** Effects run again, and every subscription gets it, unless `to` names one. */
  readonly again: boolean;
  /** The only handler that gets it. */
  readonly to?: string;
}

const MAX_TAGS = 50;

/**
 * Copies an event under a new id: type, time, source, correlation and payload stay.
 * `metadata.replay_of` names the original, even for a replay of a replay.
 */
export function markReplay(
  event: EventEnvelope,
  { again, to }: ReplayAim,
  stamp: EventStamp,
): EventEnvelope {
  const own = [...(again ? [AGAIN_TAG] : []), ...(to === undefined ? [] : [`${TO_TAG}${to}`])];
  const others = (event.metadata?.tags ?? []).filter(
    (tag) => tag !== AGAIN_TAG && !tag.startsWith(TO_TAG),
  );
  const tags = [...own, ...others].slice(0, MAX_TAGS);
  const { tags: _old, ...metadata } = event.metadata ?? {};
  return {
    ...event,
    event_id: eventId(stamp),
    metadata: {
      ...metadata,
      replay_of: metadata.replay_of ?? event.event_id,
      ...(tags.length === 0 ? {} : { tags }),
    },
  };
}

import { type EventDraft, type EventEnvelope, PRIORITY, sealEvent } from '../events/envelope.ts';
import type { EventStamp } from '../events/event-id.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { enqueue } from '../queue/enqueue.ts';
import type { RecoveryPlaces } from '../core/state-folder.ts';
import { writeToRecovery } from '../queue/recovery-folder.ts';
import type { QueueFolder } from '../queue/queue-folder.ts';
import type { ApplyEvents } from '../store/apply-events.ts';
import { StoreFault } from '../store/store-fault.ts';
import type { HomeFolder } from './home-folder.ts';

export interface OwnEventParts {
  readonly queue: QueueFolder;
  /** On another file system: takes events that the queue cannot take. */
  readonly recovery: RecoveryPlaces;
  readonly home: HomeFolder;
  readonly entryCap: () => number;
  readonly nextStamp: () => EventStamp;
  readonly applier: () => ApplyEvents | undefined;
  readonly log: Log;
  /**
   * Wakes this worker. Handlers and watchers run beside its loop, which may be asleep when they
   * enqueue something.
   */
  readonly wake: () => void;
}

/** The ways in which a worker makes events of its own. */
export interface OwnEvents {
  /**
   * Enqueues an event like any other, or writes it to the recovery folder if the queue cannot be
   * written. Logs the loss if neither takes it.
   */
  emit(draft: EventDraft): void;
  /**
   * Enqueues an event under its own id, so that a repetition is harmless.
   * @throws {@link WaymarkError} if the queue refuses it.
   */
  enqueueAs(event: EventEnvelope, priority?: number): void;
  /**
   * Stores events at once, without the queue, in one transaction.
   * @throws {@link StoreFault} if the store is unavailable; nothing is stored then.
   */
  store(drafts: readonly EventDraft[]): void;
  /** As `store`, for events with ids of their own; a known id changes nothing. */
  storeAs(events: readonly EventEnvelope[]): void;
  /**
   * Stores an event at once if possible, else with the next one or in `recordWaiting`: the previous
   * worker may still be closing the store. Drops the oldest if more than eight wait.
   */
  record(draft: EventDraft): void;
  /** Stores the events that `record` could not store, if the store is available now. */
  recordWaiting(): void;
}

/** Most waiting events; the oldest are dropped. */
const MAX_UNRECORDED = 8;

export function ownEvents({
  queue,
  recovery,
  home,
  entryCap,
  nextStamp,
  applier,
  log,
  wake,
}: OwnEventParts): OwnEvents {
  const seal = (draft: EventDraft): EventEnvelope => sealEvent(draft, nextStamp(), 'worker');
  const storeAs = (events: readonly EventEnvelope[]): void => {
    const apply = applier();
    if (apply === undefined) throw new StoreFault('CANTOPEN', 'the store became unavailable');
    const failed = apply(events).find(({ state }) => state === 'failed');
    if (failed?.state === 'failed') throw failed.error;
  };
  const put = (event: EventEnvelope, stamp: EventStamp, priority: number): void => {
    enqueue(queue, event, stamp, priority, options());
    wake();
  };
  const unrecorded: EventEnvelope[] = [];
  const recordWaiting = (): void => {
    const last = unrecorded.at(-1);
    if (last === undefined || !home.isSameFolder()) return;
    try {
      if (applier()?.(unrecorded) !== undefined) unrecorded.length = 0;
    } catch (error) {
      log('debug', 'EVENT_UNRECORDED', `Cannot record ${last.event_type}: ${reasonOf(error)}`);
    }
  };
  const options = () =>
    ({ durability: 'none', queueCap: Number.POSITIVE_INFINITY, entryCap: entryCap() }) as const;
  return {
    emit(draft) {
      if (!home.isSameFolder()) return;
      const stamp = nextStamp();
      const event = sealEvent(draft, stamp, 'worker');
      try {
        put(event, stamp, draft.priority);
      } catch (error) {
        const isUnwritten = error instanceof WaymarkError && error.code === 'QUEUE_WRITE_FAILED';
        const folder = isUnwritten
          ? writeToRecovery(recovery, event, stamp, draft.priority)
          : undefined;
        // As hooks do. It is enqueued when the queue can be written.
        if (folder !== undefined) return;
        log('error', 'ALERT_LOST', `Cannot enqueue ${draft.type}: ${reasonOf(error)}`);
      }
    },
    enqueueAs: (event, priority = PRIORITY.failure) => put(event, nextStamp(), priority),
    store: (drafts) => storeAs(drafts.map(seal)),
    storeAs,
    record(draft) {
      if (!home.isSameFolder()) return;
      unrecorded.push(seal(draft));
      if (unrecorded.length > MAX_UNRECORDED) unrecorded.shift();
      recordWaiting();
    },
    recordWaiting,
  };
}

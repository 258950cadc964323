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
import type { Home } from './home.ts';

export interface OwnEventParts {
  readonly queue: QueueFolder;
  /** Keeps on another file system what the queue cannot take. */
  readonly recovery: RecoveryPlaces;
  readonly home: Home;
  readonly entryCap: () => number;
  readonly nextStamp: () => EventStamp;
  readonly applier: () => ApplyEvents | undefined;
  readonly log: Log;
  /** Wakes this worker: handlers and watchers run beside its loop, which may sleep while they put something into the queue. */
  readonly wake: () => void;
}

/** The ways in which a worker makes events of its own. */
export interface OwnEvents {
  /** Into the queue, as anybody's, or where the queue cannot be written into the recovery folder; lost, and said, when neither takes it. */
  emit(draft: EventDraft): void;
  /** Into the queue, under an id of its own that makes a second time harmless. @throws {@link WaymarkError} when the queue refuses it. */
  enqueueAs(event: EventEnvelope, priority?: number): void;
  /** Stored at once, past the queue, in one transaction. @throws {@link StoreFault} when the store is out; nothing is stored then. */
  store(drafts: readonly EventDraft[]): void;
  /** As `store`, for events that have an id of their own: one that is known already changes nothing. */
  storeAs(events: readonly EventEnvelope[]): void;
  /**
   * Stored at once if that is possible, else together with the next one: the worker before this one may
   * still be closing the store. Forgotten when none follows, or when more than eight wait.
   */
  record(draft: EventDraft): void;
}

/** Of notes that could not be recorded, the latest so many are kept. */
const MOST_UNRECORDED = 8;

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
    if (apply === undefined) throw new StoreFault('CANTOPEN', 'the store went away');
    const failed = apply(events).find(({ state }) => state === 'failed');
    if (failed?.state === 'failed') throw failed.error;
  };
  const put = (event: EventEnvelope, stamp: EventStamp, priority: number): void => {
    enqueue(queue, event, stamp, priority, options());
    wake();
  };
  const unrecorded: EventEnvelope[] = [];
  const options = () =>
    ({ durability: 'none', queueCap: Number.POSITIVE_INFINITY, entryCap: entryCap() }) as const;
  return {
    emit(draft) {
      if (!home.isThere()) return;
      const stamp = nextStamp();
      const event = sealEvent(draft, stamp, 'worker');
      try {
        put(event, stamp, draft.priority);
      } catch (error) {
        const isUnwritten = error instanceof WaymarkError && error.code === 'QUEUE_WRITE_FAILED';
        const folder = isUnwritten
          ? writeToRecovery(recovery, event, stamp, draft.priority)
          : undefined;
        if (folder !== undefined) return; // as hooks do; read in when the queue can be written
        log('error', 'ALERT_LOST', `Cannot enqueue ${draft.type}: ${reasonOf(error)}`);
      }
    },
    enqueueAs: (event, priority = PRIORITY.failure) => put(event, nextStamp(), priority),
    store: (drafts) => storeAs(drafts.map(seal)),
    storeAs,
    record(draft) {
      if (!home.isThere()) return;
      unrecorded.push(seal(draft));
      if (unrecorded.length > MOST_UNRECORDED) unrecorded.shift();
      try {
        if (applier()?.(unrecorded) !== undefined) unrecorded.length = 0;
      } catch (error) {
        log('debug', 'EVENT_UNRECORDED', `Cannot record ${draft.type}: ${reasonOf(error)}`);
      }
    },
  };
}

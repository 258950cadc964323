import { type EventEnvelope, PRIORITY, sealEvent } from '../events/envelope.ts';
import type { EventStamp } from '../events/event-id.ts';
import { WaymarkError } from '../core/errors.ts';
import { enqueue, type EnqueueOptions } from './enqueue.ts';
import type { QueueFolder } from './queue-folder.ts';
import { buildEvent, type BuildParts } from '../events/build-event.ts';
import { queuePriorityOf } from './queue-priority.ts';

export interface EmitParts extends Omit<BuildParts, 'stamp'> {
  readonly queue: QueueFolder;
  readonly options: EnqueueOptions;
  readonly nextStamp: () => EventStamp;
  /** 0 (first) to 9. Default: derived from `metadata.priority`. */
  readonly queuePriority: number | undefined;
}

/** A handler in a loop raises one alert per event type in this time. */
const ALERT_SLOT_MS = 600_000;

/**
 * Builds an event and makes it durable in the queue. Does not ring.
 * @throws {@link WaymarkError} EVENT_INVALID, EVENT_LOOP (after it queued an alert),
 * ENTRY_TOO_LARGE, QUEUE_FULL, QUEUE_WRITE_FAILED.
 */
export function emitEvent(parts: EmitParts): EventEnvelope {
  const stamp = parts.nextStamp();
  try {
    const event = buildEvent({ ...parts, stamp });
    enqueue(
      parts.queue,
      event,
      stamp,
      parts.queuePriority ?? queuePriorityOf(event.metadata?.priority),
      parts.options,
    );
    return event;
  } catch (error) {
    if (error instanceof WaymarkError && error.code === 'EVENT_LOOP')
      enqueueAlert(error.message, parts);
    throw error;
  }
}

/**
 * Queues an alert about a loop. All alerts of one type in one time slot have the same id, so the
 * store takes only the first. templates/waymark.sh does the same.
 */
function enqueueAlert(
  message: string,
  { given, cause, source, queue, nextStamp, options }: EmitParts,
): void {
  const stamp = nextStamp();
  const payload = {
    reason: 'event-loop',
    message,
    ...(cause === undefined ? {} : { ids: [cause.cause] }),
  };
  const alert = sealEvent(
    { type: 'system.health_alert', priority: PRIORITY.urgent, payload },
    stamp,
    source,
  );
  const slot = `loop-${String(given['event_type'])}-${Math.floor(stamp.time / ALERT_SLOT_MS)}`;
  enqueue(queue, { ...alert, event_id: slot }, stamp, PRIORITY.urgent, options);
}

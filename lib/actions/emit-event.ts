import { readCause } from '../events/cause.ts';
import { buildEvent } from '../events/build-event.ts';
import { emitEvent } from '../queue/emit-event.ts';
import { queuePriorityOf } from '../queue/queue-priority.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { stampSource } from '../events/event-id.ts';
import type { JsonObject } from '../core/json.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import type { ActionContext } from './action-context.ts';
import { wakeWorker } from './background-worker.ts';

/** The event that would be sent. @throws {@link WaymarkError} EVENT_INVALID, EVENT_LOOP. */
export function validateEvent(
  { environment, clock }: Pick<ActionContext, 'environment' | 'clock'>,
  given: JsonObject,
): EventEnvelope {
  return buildEvent({
    given,
    source: 'cli',
    cause: readCause(environment),
    stamp: stampSource(clock)(),
  });
}

/** An event that is durable in the queue. */
export interface SentEvent {
  readonly event: EventEnvelope;
  readonly queuePriority: number;
  /** Whether a worker runs or was started. */
  readonly hasWorker: boolean;
}

/**
 * Makes the event durable in the queue and wakes a worker.
 * @throws {@link WaymarkError} EVENT_INVALID, EVENT_LOOP, ENTRY_TOO_LARGE, QUEUE_FULL,
 * QUEUE_WRITE_FAILED.
 */
export async function sendEvent(
  actionContext: ActionContext,
  given: JsonObject,
  queuePriority?: number,
): Promise<SentEvent> {
  const { environment, clock, folder } = actionContext;
  const { durability, queueCap, entryCap } = resolveConfig({
    environment,
    userFile: folder.configFile,
  }).values;
  const event = emitEvent({
    given,
    source: 'cli',
    cause: readCause(environment),
    nextStamp: stampSource(clock),
    queue: queueFolder(folder.queue),
    queuePriority,
    options: {
      durability: durability === 'file' || durability === 'full' ? durability : 'none',
      queueCap,
      entryCap,
    },
  });
  return {
    event,
    queuePriority: queuePriority ?? queuePriorityOf(event.metadata?.priority),
    hasWorker: wakeWorker(actionContext),
  };
}

import { systemClock } from '../core/clock.ts';
import { resolveHookConfig } from '../config/resolve-hook-config.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import type { JsonObject } from '../core/json.ts';
import { locateUsableStateFolder } from '../core/state-folder.ts';
import { emitEvent } from '../queue/emit-event.ts';
import type { PayloadOf } from '../events/types/registry.ts';
import type { AnyEventType } from '../events/types/typed-event.ts';
import { wakeWorker } from '../hook/wake-worker.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { stamps } from './create-event.ts';
import { causeOf, type EventOptions, givenFields } from './event-options.ts';

export interface EmitOptions extends EventOptions {
  /** Its priority in the queue, 0 (first) to 9. @defaultValue by `priority`, else 5 */
  readonly queuePriority?: number;
  /** Another state folder than that of this user. */
  readonly home?: string;
}

/**
 * Puts an event into the queue and wakes the worker. Starts a worker if none runs and that is
 * possible; else the event waits. After it returns, no crash of any process loses the event.
 * @returns its id.
 * @throws {@link WaymarkError} EVENT_INVALID with the path of the wrong field, EVENT_LOOP in a
 * handler that triggers itself, ENTRY_TOO_LARGE, QUEUE_FULL, QUEUE_WRITE_FAILED, HOME_UNUSABLE.
 */
export function emit(
  event: EventEnvelope,
  options?: Pick<EmitOptions, 'queuePriority' | 'home' | 'causedBy'>,
): string;
export function emit<Type extends AnyEventType>(
  type: Type,
  payload?: PayloadOf<Type>,
  options?: EmitOptions,
): string;
export function emit(
  eventOrType: EventEnvelope | string,
  payloadOrOptions?: JsonObject,
  options?: EmitOptions,
): string {
  if (typeof eventOrType === 'string')
    return emitGiven(givenFields(eventOrType, payloadOrOptions, options ?? {}), options ?? {});
  return emitGiven({ ...eventOrType }, payloadOrOptions ?? {});
}

function emitGiven(given: JsonObject, options: EmitOptions): string {
  const environment =
    options.home === undefined ? process.env : { ...process.env, WAYMARK_HOME: options.home };
  const folder = locateUsableStateFolder(environment);
  const { durability, queueCap, entryCap, autostart } = resolveHookConfig({
    environment,
    userFile: folder.configFile,
  }).values;
  const event = emitEvent({
    given,
    source: 'api',
    cause: causeOf(options, environment),
    nextStamp: stamps(),
    queue: queueFolder(folder.queue),
    queuePriority: options.queuePriority,
    options: {
      durability: durability === 'file' || durability === 'full' ? durability : 'none',
      queueCap,
      entryCap,
    },
  });
  try {
    wakeWorker({ folder, environment, now: systemClock(), by: 'api', autostart });
  } catch {
    // A wake-up is a hint: the event is in the queue, and the next hook or command wakes a worker.
  }
  return event.event_id;
}

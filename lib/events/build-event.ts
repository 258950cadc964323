import { isoTime } from '../core/clock.ts';
import type { EventEnvelope } from './envelope.ts';
import { eventId, type EventStamp } from './event-id.ts';
import { WaymarkError } from '../core/errors.ts';
import { isJsonObject, type JsonObject, objectField } from '../core/json.ts';
import { type Cause, DEEPEST } from './cause.ts';
import { checkEvent } from './types/check-event.ts';

export interface BuildParts {
  /** What the maker gave: fields of the envelope. What may be left out (id, time, source, payload) is filled in; `undefined` counts as left out. */
  readonly given: JsonObject;
  /** Filled in where none is given. */
  readonly source: string;
  /** Of the handler in which the event is made; it cannot be talked away. */
  readonly cause: Cause | undefined;
  readonly stamp: EventStamp;
}

/**
 * Makes an event that the queue will take: complete, of a known type or one of the user's, with a payload of its type.
 * @throws {@link WaymarkError} EVENT_INVALID with the path of the field that is wrong; EVENT_LOOP when its chain of causes has too many handlers.
 */
export function buildEvent({ given, source, cause, stamp }: BuildParts): EventEnvelope {
  const type = typeof given['event_type'] === 'string' ? given['event_type'] : 'an event';
  const whole = withCause(
    plain(
      {
        event_id: eventId(stamp),
        timestamp: isoTime(stamp.time),
        source,
        payload: {},
        ...defined(given),
      },
      type,
    ),
    cause,
  );
  const checked = checkEvent(whole, 'refuse');
  if (checked.ok) return checked.event;
  if (
    checked.field === 'metadata.depth' &&
    Number(objectField(whole, 'metadata')['depth']) > DEEPEST
  )
    throw new WaymarkError(
      'EVENT_LOOP',
      `Cannot emit ${type}: ${DEEPEST} handlers have woken each other already, the last by ${cause?.cause ?? 'an event'}`,
    );
  throw new WaymarkError(
    'EVENT_INVALID',
    `Cannot emit ${type}: ${checked.field} ${checked.reason}`,
  );
}

/** What JSON makes of it: no `undefined`, dates as texts. */
function plain(value: JsonObject, type: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(JSON.stringify(value));
    if (isJsonObject(parsed)) return parsed;
  } catch {
    // a cycle or a BigInt
  }
  throw new WaymarkError(
    'EVENT_INVALID',
    `Cannot emit ${type}: payload must be something that JSON can say`,
  );
}

function withCause(whole: JsonObject, cause: Cause | undefined): JsonObject {
  const metadata = whole['metadata'];
  if (cause === undefined || (metadata !== undefined && !isJsonObject(metadata))) return whole;
  const correlation = whole['correlation_id'] ?? cause.correlationId;
  return {
    ...whole,
    ...(correlation === undefined ? {} : { correlation_id: correlation }),
    metadata: { ...metadata, cause: cause.cause, depth: cause.depth },
  };
}

function defined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

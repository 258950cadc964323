import { isoTime } from '../core/clock.ts';
import type { EventEnvelope } from './envelope.ts';
import { eventId, type EventStamp } from './event-id.ts';
import { WaymarkError } from '../core/errors.ts';
import { isJsonObject, type JsonObject, objectField } from '../core/json.ts';
import { type Cause, MAX_CAUSE_DEPTH } from './cause.ts';
import { checkEvent } from './types/check-event.ts';

export interface BuildParts {
  /**
   * Fields of the envelope that the maker gave. Missing ones (id, time, source, payload) are filled
   * in; `undefined` counts as missing.
   */
  readonly given: JsonObject;
  /** Used if none is given. */
  readonly source: string;
  /** The cause from the handler that makes the event. The maker cannot override it. */
  readonly cause: Cause | undefined;
  readonly stamp: EventStamp;
}

/**
 * Builds an event that the queue will accept: complete, of a known type or a type of the user's,
 * with a valid payload.
 * @throws {@link WaymarkError} EVENT_INVALID with the path of the wrong field; EVENT_LOOP if its
 * chain of causes has too many handlers.
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
    Number(objectField(whole, 'metadata')['depth']) > MAX_CAUSE_DEPTH
  )
    throw new WaymarkError(
      'EVENT_LOOP',
      `Cannot emit ${type}: ${MAX_CAUSE_DEPTH} handlers have triggered each other already, the last by ${cause?.cause ?? 'an event'}`,
    );
  throw new WaymarkError(
    'EVENT_INVALID',
    `Cannot emit ${type}: ${checked.field} ${checked.reason}`,
  );
}

/** Converts a value as JSON does: no `undefined`, dates as texts. */
function plain(value: JsonObject, type: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(JSON.stringify(value));
    if (isJsonObject(parsed)) return parsed;
  } catch {
    // A cycle or a BigInt.
  }
  throw new WaymarkError(
    'EVENT_INVALID',
    `Cannot emit ${type}: payload must be a value that JSON can represent`,
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

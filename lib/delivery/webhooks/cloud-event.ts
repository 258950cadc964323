import type { EventEnvelope } from '../../events/envelope.ts';
import { type JsonObject, stringField } from '../../core/json.ts';

/**
 * Converts an event to a CloudEvent 1.0 in structured JSON. @see docs/webhooks.md for each field
 */
export function cloudEvent({
  event_id,
  event_type,
  timestamp,
  source,
  correlation_id,
  metadata,
  payload,
}: EventEnvelope): JsonObject {
  const attributes = {
    subject: stringField(payload, 'session_id') ?? correlation_id,
    correlationid: correlation_id,
    causationid: metadata?.cause,
    priority: metadata?.priority,
    tags: metadata?.tags?.join(','),
    master: metadata?.master,
    replayof: metadata?.replay_of,
  };
  return {
    specversion: '1.0',
    id: event_id,
    source: `waymark:${source.split('/').map(encoded).join('/')}`,
    type: `waymark.${event_type}`,
    time: internetTime(timestamp),
    ...present(attributes),
    datacontenttype: 'application/json',
    data: payload,
  };
}

/**
 * Converts an event id to a `webhook-id`, which must not contain a dot. Event ids contain no
 * percent sign, so the result is unique.
 */
export function webhookId(eventId: string): string {
  return eventId.replaceAll('.', '%2E');
}

/** Encodes a part of a URI. */
function encoded(part: string): string {
  return encodeURIComponent(wellFormed(part)).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Replaces each lone surrogate with the replacement character. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** Converts a timestamp to RFC 3339, which requires seconds, and a colon in the zone. */
function internetTime(timestamp: string): string {
  return timestamp.replace(/T(\d\d:\d\d)(?=[Z+-])/, 'T$1:00').replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
}

/**
 * Returns the attributes that have a value. CloudEvents allows no empty ones and no control
 * characters.
 */
function present(attributes: Readonly<Record<string, string | undefined>>): JsonObject {
  const clean = Object.entries(attributes).map(
    ([name, value]) =>
      [
        name,
        value === undefined
          ? undefined
          : wellFormed(value).replace(/[\u0000-\u001f\u007f-\u009f]/g, ''),
      ] as const,
  );
  return Object.fromEntries(clean.filter(([, value]) => value !== undefined && value !== ''));
}

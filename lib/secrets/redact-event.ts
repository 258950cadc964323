import type { EventEnvelope, EventMetadata } from '../events/envelope.ts';
import { redactNamed, redactTokens } from './redact.ts';
import {
  areSecretFree,
  isSecretFree,
  type SecretFreeCache,
  makeSecretFreeCache,
} from './secret-free.ts';
import { mapStrings, type ChangeText } from './map-strings.ts';

/** Redacts events. Returns them in order. */
export type RedactEvents = (events: readonly EventEnvelope[]) => readonly EventEnvelope[];

/**
 * As {@link redactEvent}, for batches: caches texts without secrets, and checks the new texts of a
 * batch at once.
 */
export function eventRedactor(): RedactEvents {
  const known = makeSecretFreeCache();
  return (events) =>
    areSecretFree(events, known) ? events : events.map((event) => redactEvent(event, known));
}

/**
 * Redacts an event. Returns the same object if there was nothing to redact. Ids and the type stay
 * unchanged.
 */
export function redactEvent(event: EventEnvelope, known?: SecretFreeCache): EventEnvelope {
  return isSecretFree(event, known) ? event : changeTexts(event, redactText);
}

/** Redacts well-known token shapes in `text`, the value of a field called `name`. */
export function redactText(text: string, name: string): string {
  return redactNamed(name, redactTokens(text));
}

function changeTexts(event: EventEnvelope, change: ChangeText): EventEnvelope {
  const payload = mapStrings(event.payload, change);
  const source = change(event.source, '');
  const correlation =
    event.correlation_id === undefined ? undefined : change(event.correlation_id, '');
  const metadata =
    event.metadata === undefined ? undefined : changeMetadata(event.metadata, change);
  if (
    payload === event.payload &&
    source === event.source &&
    correlation === event.correlation_id &&
    metadata === event.metadata
  )
    return event;
  return {
    ...event,
    source,
    ...(correlation === undefined ? {} : { correlation_id: correlation }),
    ...(metadata === undefined ? {} : { metadata }),
    payload,
  };
}

function changeMetadata(metadata: EventMetadata, change: ChangeText): EventMetadata {
  const tags = metadata.tags?.map((tag) => change(tag, ''));
  const master = metadata.master === undefined ? undefined : change(metadata.master, '');
  const isSame =
    master === metadata.master &&
    (tags ?? []).every((tag, index) => tag === metadata.tags?.[index]);
  return isSame
    ? metadata
    : {
        ...metadata,
        ...(tags === undefined ? {} : { tags }),
        ...(master === undefined ? {} : { master }),
      };
}

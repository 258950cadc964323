import type { EventEnvelope, EventMetadata } from '../events/envelope.ts';
import { redactNamed, redactTokens } from './redact.ts';
import { arePlain, isPlain, type PlainKnowledge, plainKnowledge } from './is-plain.ts';
import { mapStrings, type ChangeText } from './map-strings.ts';

/** Events without secrets, in order. */
export type RedactEvents = (events: readonly EventEnvelope[]) => readonly EventEnvelope[];

/** {@link redactEvent} for batches: remembers which texts were plain, and looks at what is new in a batch at once. */
export function eventRedactor(): RedactEvents {
  const known = plainKnowledge();
  return (events) =>
    arePlain(events, known) ? events : events.map((event) => redactEvent(event, known));
}

/** The event without secrets; the same object when there was nothing to take out. Ids and the type stay as they are. */
export function redactEvent(event: EventEnvelope, known?: PlainKnowledge): EventEnvelope {
  return isPlain(event, known) ? event : changeTexts(event, redactText);
}

/** `text`, the value of a field called `name`, without well-known token shapes. */
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

import type { EventEnvelope, EventMetadata } from '../events/envelope.ts';
import { redactNamed, redactTokens } from './redact.ts';
import { arePlain, isPlain, type PlainKnowledge, plainKnowledge } from './is-plain.ts';
import { mapStrings, type ChangeText } from './map-strings.ts';
import { mayHoldSecret } from './prefilter.ts';
import { redactFlagged } from './redact-texts.ts';
import type { SecretRedactor } from './secret-redactor.ts';

/** Events without secrets, in order. Never rejects. */
export type RedactEvents = (events: readonly EventEnvelope[]) => Promise<readonly EventEnvelope[]>;

/** {@link redactEvent} for batches: remembers which texts were plain, and looks at what is new in a batch at once. */
export function eventRedactor(redactor: Pick<SecretRedactor, 'redact'>): RedactEvents {
  const known = plainKnowledge();
  return async (events) => {
    if (arePlain(events, known)) return events;
    const clean: EventEnvelope[] = [];
    for (const event of events) clean.push(await redactEvent(event, redactor, known));
    return clean;
  };
}

/**
 * The event without secrets: token shapes are taken out here, what the prefilter flags goes through `redactor`.
 * The same object when there was nothing to take out. Ids and the type stay as they are. Never rejects.
 */
export async function redactEvent(
  event: EventEnvelope,
  redactor: Pick<SecretRedactor, 'redact'>,
  known?: PlainKnowledge,
): Promise<EventEnvelope> {
  if (isPlain(event, known)) return event;
  const flagged = new Set<string>();
  const first = changeTexts(event, (text, name) => {
    const clean = redactText(text, name);
    if (mayHoldSecret(clean)) flagged.add(clean);
    return clean;
  });
  const cleanOf = await redactFlagged(flagged, redactor);
  return cleanOf.size === 0 ? first : changeTexts(first, (text) => cleanOf.get(text) ?? text);
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

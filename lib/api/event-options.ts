import type { EventEnvelope, Urgency } from '../events/envelope.ts';
import type { JsonObject } from '../core/json.ts';
import { causedBy, type Cause, causeFrom } from '../events/cause.ts';

/** What may be said of an event beside its type and payload. */
export interface EventOptions {
  /** Who makes it, 1 to 200 characters. @defaultValue `api` */
  readonly source?: string;
  /** Joins the events of one task or run. */
  readonly correlationId?: string;
  /** How urgent it is for people; also decides where it lines up (critical 0, high 2, medium 5, low 8). */
  readonly priority?: Urgency;
  readonly tags?: readonly string[];
  /** The one in whose name it is made. */
  readonly master?: string;
  /** An id of your own, for an event that may be sent twice. */
  readonly id?: string;
  /** When it happened, if not now. */
  readonly timestamp?: Date | string;
  /** The event whose handler makes this one. In a handler's process it is known already. */
  readonly causedBy?: Pick<EventEnvelope, 'event_id' | 'correlation_id' | 'metadata'>;
}

/** The fields of an envelope that a type, a payload and options say. */
export function givenFields(
  type: string,
  payload: JsonObject | undefined,
  options: EventOptions,
): JsonObject {
  const { priority, tags, master } = options;
  const metadata = { priority, tags, master };
  return {
    event_id: options.id,
    event_type: type,
    timestamp: options.timestamp,
    source: options.source,
    correlation_id: options.correlationId,
    metadata: Object.values(metadata).some((value) => value !== undefined) ? metadata : undefined,
    payload,
  };
}

export function causeOf(
  { causedBy: event }: EventOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Cause | undefined {
  return event === undefined ? causeFrom(environment) : causedBy(event);
}

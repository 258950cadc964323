import type { EventEnvelope, Urgency } from '../events/envelope.ts';
import type { JsonObject } from '../core/json.ts';
import { causedBy, type Cause, readCause } from '../events/cause.ts';

/** Options of an event beside its type and payload. */
export interface EventOptions {
  /** Who makes it, 1 to 200 characters. @defaultValue `api` */
  readonly source?: string;
  /** Connects the events of one task or run. */
  readonly correlationId?: string;
  /**
   * How urgent it is for people. Also sets its priority in the queue (critical 0, high 2, medium 5,
   * low 8).
   */
  readonly priority?: Urgency;
  readonly tags?: readonly string[];
  /** On whose behalf it is made. */
  readonly master?: string;
  /** An id of your own, for an event that may be sent twice. */
  readonly id?: string;
  /** When it happened, if not now. */
  readonly timestamp?: Date | string;
  /** The event whose handler makes this one. Known already in a handler's process. */
  readonly causedBy?: Pick<EventEnvelope, 'event_id' | 'correlation_id' | 'metadata'>;
}

/** Returns the envelope fields of a type, a payload and options. */
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
  return event === undefined ? readCause(environment) : causedBy(event);
}

import { eventId, type EventStamp } from './event-id.ts';
import { isoTime } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';

/** How urgent an event is for people. The queue priority is a separate number. */
export const URGENCIES = ['critical', 'high', 'medium', 'low'] as const;
export type Urgency = (typeof URGENCIES)[number];

export interface EventMetadata {
  readonly priority?: Urgency;
  readonly tags?: readonly string[];
  readonly master?: string;
  /** Id of the event that this one repeats. */
  readonly replay_of?: string;
  /** Id of the event whose handler made this one. */
  readonly cause?: string;
  /** Number of handlers in the chain of causes of this event. Missing: 0. */
  readonly depth?: number;
}

/** The one format of all events. JSON Schema: docs/event.schema.json. */
export interface EventEnvelope {
  readonly event_id: string;
  readonly event_type: string;
  /** ISO 8601 with time zone. */
  readonly timestamp: string;
  /**
   * Who made it: `hook/PostToolUse`, `cli`, `worker`, `file/NAME`, or a name that the user chose.
   */
  readonly source: string;
  readonly correlation_id?: string;
  readonly metadata?: EventMetadata;
  readonly payload: JsonObject;
}

/** An event before it has an id and a time. */
export interface EventDraft {
  readonly type: string;
  /** Queue priority, 0 (first) to 9. */
  readonly priority: number;
  readonly correlationId?: string;
  readonly metadata?: EventMetadata;
  readonly payload: JsonObject;
}

/** Tag of a replay that runs the effects a second time. */
export const AGAIN_TAG = 'again';

/** Queue priorities by purpose. */
export const PRIORITY = { urgent: 0, failure: 2, checkpoint: 3, normal: 5, bulk: 8 } as const;

/** Turns a draft into an event: adds its id, time and source. */
export function sealEvent(draft: EventDraft, stamp: EventStamp, source: string): EventEnvelope {
  return {
    event_id: eventId(stamp),
    event_type: draft.type,
    timestamp: isoTime(stamp.time),
    source,
    ...(draft.correlationId === undefined ? {} : { correlation_id: draft.correlationId }),
    ...(draft.metadata === undefined ? {} : { metadata: draft.metadata }),
    payload: draft.payload,
  };
}

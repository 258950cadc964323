import { eventId, type EventStamp } from './event-id.ts';
import { isoTime } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';

/** How urgent an event is for people; the queue priority is a number of its own. */
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
  /** Number of handlers in the chain of causes of this event: 0 when left out. */
  readonly depth?: number;
}

/** The one shape of everything that flows through waymark. JSON Schema: docs/event.schema.json. */
export interface EventEnvelope {
  readonly event_id: string;
  readonly event_type: string;
  /** ISO 8601 with zone. */
  readonly timestamp: string;
  /** Who made it: `hook/PostToolUse`, `cli`, `worker`, `file/NAME`, or a name of the user's. */
  readonly source: string;
  readonly correlation_id?: string;
  readonly metadata?: EventMetadata;
  readonly payload: JsonObject;
}

/** What a maker knows of an event before it has an identity. */
export interface EventDraft {
  readonly type: string;
  /** Queue priority, 0 (first) to 9. */
  readonly priority: number;
  readonly correlationId?: string;
  readonly metadata?: EventMetadata;
  readonly payload: JsonObject;
}

/** Tag of a replay whose effects are wanted a second time. */
export const AGAIN_TAG = 'again';

/** Queue priorities by purpose. */
export const PRIORITY = { urgent: 0, failure: 2, checkpoint: 3, normal: 5, bulk: 8 } as const;

/** Gives a draft its identity and time. */
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

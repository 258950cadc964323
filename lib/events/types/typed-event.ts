import type { EventEnvelope } from '../envelope.ts';
import { ALIASES, type EventTypeName, type PayloadOf } from './registry.ts';

/** A type of waymark, which an editor can suggest, or one of the user's. */
export type AnyEventType = EventTypeName | 'routing.decision' | (string & {});

/** An event of one type, with the payload of that type. */
export interface TypedEvent<Type extends string> extends EventEnvelope {
  readonly event_type: Type extends 'routing.decision' ? 'routing.decision_made' : Type;
  readonly payload: PayloadOf<Type>;
}

/**
 * Whether an event has this type or an alias of it. Trusts the payload of stored events, because it
 * was checked when they came in.
 */
export function isOfType<Type extends AnyEventType>(
  event: EventEnvelope,
  type: Type,
): event is TypedEvent<Type> {
  return event.event_type === (ALIASES[type] ?? type);
}

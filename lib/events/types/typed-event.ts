import type { EventEnvelope } from '../envelope.ts';
import { ALIASES, type EventTypeName, type PayloadOf } from './registry.ts';

/** A type of waymark, which an editor can offer, or one of yours. */
export type AnyEventType = EventTypeName | 'routing.decision' | (string & {});

/** An event of one type, with the payload of that type. */
export interface TypedEvent<Type extends string> extends EventEnvelope {
  readonly event_type: Type extends 'routing.decision' ? 'routing.decision_made' : Type;
  readonly payload: PayloadOf<Type>;
}

/** Whether an event is of this type, or of the one that it is another name of. Events that were stored are taken at their word: their payload was looked at when they came. */
export function isOfType<Type extends AnyEventType>(
  event: EventEnvelope,
  type: Type,
): event is TypedEvent<Type> {
  return event.event_type === (ALIASES[type] ?? type);
}

import { systemClock } from '../core/clock.ts';
import { stampSource } from '../events/event-id.ts';
import { WaymarkError } from '../core/errors.ts';
import { lazy } from '../core/lazy.ts';
import { buildEvent } from '../events/build-event.ts';
import type { PayloadOf } from '../events/types/registry.ts';
import { type AnyEventType, isOfType, type TypedEvent } from '../events/types/typed-event.ts';
import { causeOf, type EventOptions, givenFields } from './event-options.ts';

/** One per process: stamps sort in the order in which they were made. */
export const stamps = lazy(() => stampSource(systemClock));

/**
 * Makes an event and checks it against its type. Sends nothing.
 * @throws {@link WaymarkError} EVENT_INVALID with the path of the wrong field (`payload.call.tool
 * must be a string`), EVENT_LOOP in a handler that triggers itself.
 */
export function createEvent<Type extends AnyEventType>(
  type: Type,
  payload?: PayloadOf<Type>,
  options: EventOptions = {},
): TypedEvent<Type> {
  const given = givenFields(type, payload, options);
  const event = buildEvent({
    given,
    source: 'api',
    cause: causeOf(options, process.env),
    stamp: stamps()(),
  });
  if (isOfType(event, type)) return event;
  throw new WaymarkError(
    'EVENT_INVALID',
    `Cannot create an event of type ${type}: it became ${event.event_type}`,
  );
}

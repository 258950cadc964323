import { parseEnvelope } from '../events/envelope-schema.ts';
import type { EventEnvelope } from '../events/envelope.ts';

/** Type of an event that only carries others: one entry of the queue for several of them. It is never stored itself. */
export const PARCEL = 'replay.parcel';

/** The events that an event stands for: those in it if it is a parcel, else itself. What is no event, or a parcel again, is left out. */
export function unpack(event: EventEnvelope): readonly EventEnvelope[] {
  if (event.event_type !== PARCEL) return [event];
  const inside = event.payload['events'];
  if (!Array.isArray(inside)) return [];
  return inside.flatMap((one) => {
    const parsed = parseEnvelope(one);
    return parsed.ok && parsed.event.event_type !== PARCEL ? [parsed.event] : [];
  });
}

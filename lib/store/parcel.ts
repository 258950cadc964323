import { parseEnvelope } from '../events/envelope-schema.ts';
import type { EventEnvelope } from '../events/envelope.ts';

/**
 * Type of an event that only carries other events, so that several need one queue entry. It is
 * never stored itself.
 */
export const PARCEL = 'replay.parcel';

/**
 * Returns the events of a parcel, or the event itself if it is none. Skips what is not an event,
 * and parcels inside a parcel.
 */
export function unpack(event: EventEnvelope): readonly EventEnvelope[] {
  if (event.event_type !== PARCEL) return [event];
  const inside = event.payload['events'];
  if (!Array.isArray(inside)) return [];
  return inside.flatMap((one) => {
    const parsed = parseEnvelope(one);
    return parsed.ok && parsed.event.event_type !== PARCEL ? [parsed.event] : [];
  });
}

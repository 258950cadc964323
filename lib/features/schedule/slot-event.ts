import { isoTime } from '../../core/clock.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import type { Schedule } from './schedules.ts';

const SOURCE = 'schedule/';

/**
 * Creates the event of one slot. Its id is derived from name and slot, so it is stored once however
 * often it is created.
 */
export function createSlotEvent(
  { name, type, payload }: Schedule,
  slot: number,
  now: number,
): EventEnvelope {
  return {
    event_id: `schedule:${name}:${slot}`,
    event_type: type,
    timestamp: isoTime(now),
    source: `${SOURCE}${name}`,
    payload: { schedule: name, ...payload },
  };
}

/** Returns the schedule and slot of an event; `undefined` for any other event. */
export function readSlotId({
  event_id,
  source,
}: EventEnvelope): { readonly name: string; readonly slot: number } | undefined {
  if (!source.startsWith(SOURCE)) return undefined;
  const [, name, slot] = /^schedule:([a-z0-9-]{1,40}):(\d{1,15})$/.exec(event_id) ?? [];
  return name === undefined || source !== `${SOURCE}${name}`
    ? undefined
    : { name, slot: Number(slot) };
}

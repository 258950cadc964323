import type { EventEnvelope } from '../../events/envelope.ts';
import { type EffectTable, storing } from '../../store/effect.ts';
import type { Write } from '../../store/sink.ts';
import { readSlotId } from './slot-event.ts';
import { SCHEDULES } from './table.ts';

/** The event of a slot is what remembers that the slot is done: both are stored or neither. */
export const scheduleEffects: EffectTable = { '*': storing(done) };

function done(event: EventEnvelope): readonly Write[] {
  const slot = readSlotId(event);
  return slot === undefined ? [] : [{ into: SCHEDULES, row: { ...slot } }];
}

import type { EventEnvelope } from '../../events/envelope.ts';
import { type EffectTable, storeChanges } from '../../store/effect.ts';
import type { Write } from '../../store/sink.ts';
import { readSlotId } from './slot-event.ts';
import { SCHEDULES } from './table.ts';

/** Marks a slot as done by its event, so that both are stored or neither. */
export const scheduleEffects: EffectTable = { '*': storeChanges(done) };

function done(event: EventEnvelope): readonly Write[] {
  const slot = readSlotId(event);
  return slot === undefined ? [] : [{ into: SCHEDULES, row: { ...slot } }];
}

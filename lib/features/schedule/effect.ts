import type { EventEnvelope } from '../../events/envelope.ts';
import type { Database } from '../../store/database.ts';
import type { EffectTable } from '../../store/effect.ts';
import { readSlotId } from './slot-event.ts';

const KEEP = 'UPDATE schedules SET slot = max(slot, ?2) WHERE name = ?1';

/** The event of a slot is what remembers that the slot is done: both are stored or neither. */
export const scheduleEffects: EffectTable = { '*': keepSlots };

function keepSlots(database: Database, events: readonly EventEnvelope[]): void {
  for (const event of events) {
    const done = readSlotId(event);
    if (done !== undefined) database.prepare(KEEP).run(done.name, done.slot);
  }
}

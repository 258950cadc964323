import type { EventEnvelope } from '../events/envelope.ts';
import { isJsonObject, stringField } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import { perEvent, type Effect, type EffectTable } from '../store/effect.ts';
import { applyDecision, type DeliveryKey } from './table.ts';

/** Decisions of a person about dead deliveries. The payload is `{ deliveries: DeliveryKey[] }`. */
export const DECISIONS = { retry: 'delivery.retried', discard: 'delivery.discarded' } as const;

/**
 * Makes the effects that apply decisions about dead deliveries. The later decision wins, so the
 * order does not matter.
 */
export function decisionEffects(clock: () => number, onDue: () => void): EffectTable {
  const deciding = (decision: keyof typeof DECISIONS): Effect =>
    perEvent((database: Database, event: EventEnvelope) => {
      const times = { at: Date.parse(event.timestamp), now: clock() };
      for (const key of deliveriesOf(event)) applyDecision(database, decision, key, times);
      onDue();
    });
  return { [DECISIONS.retry]: deciding('retry'), [DECISIONS.discard]: deciding('discard') };
}

function deliveriesOf({ payload }: EventEnvelope): readonly DeliveryKey[] {
  const { deliveries } = payload;
  if (!Array.isArray(deliveries)) return [];
  return deliveries.filter(isJsonObject).flatMap((one) => {
    const event = stringField(one, 'event_id');
    const subscription = stringField(one, 'subscription');
    return event === undefined || subscription === undefined
      ? []
      : [{ event_id: event, subscription }];
  });
}

import type { EventEnvelope } from '../events/envelope.ts';
import { isJsonObject, stringField } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import { each, type Effect, type EffectTable } from '../store/effect.ts';
import { decide, type DeliveryKey } from './table.ts';

/**
 * What a person may decide about dead deliveries; the payload is `{ deliveries: DeliveryKey[] }`.
 */
export const DECISIONS = { retry: 'delivery.retried', discard: 'delivery.discarded' } as const;

/**
 * What becomes of dead deliveries. The decision with the greater time wins, so their order does not
 * matter.
 */
export function decisionEffects(clock: () => number, onDue: () => void): EffectTable {
  const deciding = (decision: keyof typeof DECISIONS): Effect =>
    each((database: Database, event: EventEnvelope) => {
      const times = { at: Date.parse(event.timestamp), now: clock() };
      for (const key of deliveriesOf(event)) decide(database, decision, key, times);
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

import type { EventEnvelope } from '../events/envelope.ts';
import { isJsonObject, stringField } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import { each, type EffectTable } from '../store/effect.ts';

/** One row of the outbox. */
export interface DeliveryKey {
  readonly event_id: string;
  readonly subscription: string;
}

/**
 * What a person may decide about dead deliveries; the payload is `{ deliveries: DeliveryKey[] }`.
 */
export const DECISIONS = { retry: 'delivery.retried', discard: 'delivery.discarded' } as const;

/** Only what is dead, or was decided about and not attempted since, can be decided about. */
const OPEN_TO_DECISIONS =
  "(state = 'dead' OR (decided_at IS NOT NULL AND attempts = 0 AND state IN ('due', 'discarded')))";

const RETRY = `UPDATE deliveries SET state = 'due', attempts = 0, waits = 0, due_at = ?4, ended_at = NULL, decided_at = ?3
  WHERE event_id = ?1 AND subscription = ?2 AND ${OPEN_TO_DECISIONS} AND coalesce(decided_at, ?3 - 1) < ?3`;
/** Of two decisions at the same time, this one wins. */
const DISCARD = `UPDATE deliveries SET state = 'discarded', attempts = 0, waits = 0, due_at = ?4, ended_at = ?4, decided_at = ?3
  WHERE event_id = ?1 AND subscription = ?2 AND ${OPEN_TO_DECISIONS} AND coalesce(decided_at, ?3) <= ?3`;

/**
 * What becomes of dead deliveries. The decision with the greater time wins, so their order does not
 * matter.
 */
export function decisionEffects(clock: () => number, onDue: () => void): EffectTable {
  const decide = (sql: string) =>
    each((database: Database, event: EventEnvelope) => {
      const statement = database.prepare(sql);
      const at = Date.parse(event.timestamp);
      for (const key of deliveriesOf(event))
        statement.run(key.event_id, key.subscription, at, clock());
      onDue();
    });
  return { [DECISIONS.retry]: decide(RETRY), [DECISIONS.discard]: decide(DISCARD) };
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

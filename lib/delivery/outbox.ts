import type { EventEnvelope } from '../events/envelope.ts';
import { stringField } from '../core/json.ts';
import type { EffectTable } from '../store/effect.ts';
import { decisionEffects } from './decisions.ts';
import { type Match, matching } from './matching.ts';
import type { SubscriptionSource } from './subscription.ts';
import { insertDeliveries, type NewDelivery } from './table.ts';

export interface OutboxParts {
  readonly source: SubscriptionSource;
  readonly clock: () => number;
  /** Something may be due now. Called inside the transaction: look when it has ended. */
  readonly onDue: () => void;
}

/**
 * Writes a delivery for each subscription that an event fits, in the event's transaction: both are
 * there, or neither is.
 */
export function outboxEffects({ source, clock, onDue }: OutboxParts): EffectTable {
  const matchNow = matching(source);
  return {
    '**': (database, events) => {
      const match = matchNow();
      const found =
        match === undefined ? [] : events.flatMap((event) => deliveriesOf(event, match));
      if (found.length === 0) return;
      insertDeliveries(database, found, clock());
      onDue();
    },
    ...decisionEffects(clock, onDue),
  };
}

function deliveriesOf(event: EventEnvelope, match: Match): readonly NewDelivery[] {
  const session = stringField(event.payload, 'session_id');
  return match(event).map((subscription) => ({ event_id: event.event_id, subscription, session }));
}

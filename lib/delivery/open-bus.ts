import type { EffectTable } from '../store/effect.ts';
import type { Deliveries, DeliveryParts } from './deliveries.ts';
import { openDeliveries } from './delivery-loop.ts';
import { allSubscriptions, type Match, makeMatcher } from './matching.ts';
import type { SubscriptionSource } from './subscription.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { stringField } from '../core/json.ts';
import { decisionEffects } from './decisions.ts';
import { insertDeliveries, type NewDelivery } from './table.ts';

export interface BusParts extends Omit<DeliveryParts, 'source'> {
  /**
   * Built-in handlers, handlers of the user, webhooks. Names must differ; if two are equal, the
   * first gets the event.
   */
  readonly sources: readonly SubscriptionSource[];
  readonly isLeader: () => boolean;
  /** Wakes the leader: this process wrote due deliveries, and only the leader delivers. */
  readonly ringOthers: () => void;
}

/** Everything that receives events outside of their transaction. */
export interface Bus {
  /** Writes a delivery for each subscription that matches an event. */
  readonly effects: EffectTable;
  readonly deliveries: Deliveries;
  readonly source: SubscriptionSource;
}

/** Connects outbox and deliveries to one set of subscriptions. */
export function openBus({ sources, isLeader, ringOthers, ...parts }: BusParts): Bus {
  const source = allSubscriptions(sources);
  const deliveries = openDeliveries({ ...parts, source });
  let isRingDue = false;
  const ringLater = (): void => {
    if (isRingDue) return;
    isRingDue = true;
    setImmediate(() => {
      isRingDue = false;
      ringOthers();
    });
  };
  const onDue = (): void => (isLeader() ? deliveries.notifyDue() : ringLater());
  return { effects: outboxEffects({ source, clock: parts.clock, onDue }), deliveries, source };
}

export interface OutboxParts {
  readonly source: SubscriptionSource;
  readonly clock: () => number;
  /** Something may be due. Called inside the transaction: check after its end. */
  readonly onDue: () => void;
}

/**
 * Writes a delivery for each matching subscription in the event's transaction: both are committed,
 * or neither.
 */
export function outboxEffects({ source, clock, onDue }: OutboxParts): EffectTable {
  const matchNow = makeMatcher(source);
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

import type { EffectTable } from '../store/effect.ts';
import type { Deliveries, DeliveryParts } from './deliveries.ts';
import { openDeliveries } from './delivery-loop.ts';
import { allSubscriptions } from './matching.ts';
import { outboxEffects } from './outbox.ts';
import type { SubscriptionSource } from './subscription.ts';

export interface BusParts extends Omit<DeliveryParts, 'source'> {
  /**
   * Handlers of ours, of the user, of projects, webhooks. Names must differ; of two that share one,
   * the first gets the event.
   */
  readonly sources: readonly SubscriptionSource[];
  readonly isLeader: () => boolean;
  /** Wakes the leader: this process wrote deliveries that are due, and only the leader delivers. */
  readonly ringOthers: () => void;
}

/** What hangs on to events, outside of their transaction. */
export interface Bus {
  /** Writes a delivery for each subscription that an event fits. */
  readonly effects: EffectTable;
  readonly deliveries: Deliveries;
  readonly source: SubscriptionSource;
}

/** Puts outbox and deliveries together over one set of subscriptions. */
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
  const onDue = (): void => (isLeader() ? deliveries.nudge() : ringLater());
  return { effects: outboxEffects({ source, clock: parts.clock, onDue }), deliveries, source };
}

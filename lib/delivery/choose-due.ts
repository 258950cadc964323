import type { WaitingDelivery } from './delivery-store.ts';
import type { Subscription } from './subscription.ts';

/** A subscription with room, and what waits for it. */
export interface Queueing {
  readonly subscription: Subscription;
  /** How many of its deliveries run. */
  readonly running: number;
  /** Due now, first come first. */
  readonly due: readonly WaitingDelivery[];
}

export interface Chosen {
  readonly subscription: Subscription;
  readonly delivery: WaitingDelivery;
}

/**
 * What is begun now. A subscription that has none running begins one whatever the others do, so that slow ones delay no other; handlers of
 * our own are never held up, either. The slots that are left go around, one each.
 * @param slots How many more may run at once.
 */
export function chooseDue(queues: readonly Queueing[], slots: number): readonly Chosen[] {
  const chosen: Chosen[] = [];
  let left = slots;
  for (let round = 0; ; round += 1) {
    const before = chosen.length;
    for (const { subscription, running, due } of queues) {
      const delivery = due[round];
      if (delivery === undefined || running + round >= subscription.concurrency) continue;
      const isOwn = subscription.kind === 'builtin';
      if (!isOwn && left <= 0 && running + round > 0) continue;
      chosen.push({ subscription, delivery });
      if (!isOwn) left -= 1;
    }
    if (chosen.length === before) return chosen;
  }
}

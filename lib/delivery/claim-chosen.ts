import type { EventEnvelope } from '../events/envelope.ts';
import type { Database } from '../store/database.ts';
import type { Chosen } from './choose-due.ts';
import { claim, settle, storedEvent } from './delivery-store.ts';
import type { Subscription } from './subscription.ts';

/** A delivery that is to begin as soon as its claim is committed. */
export interface Claimed {
  readonly subscription: Subscription;
  readonly event: EventEnvelope;
  /** This one counted. */
  readonly attempts: number;
}

/** Claims deliveries for a worker, inside the transaction; one whose event is gone is given up. */
export function claimChosen(
  database: Database,
  chosen: readonly Chosen[],
  worker: string,
  now: number,
): readonly Claimed[] {
  return chosen.flatMap(({ subscription, delivery }) => {
    if (!claim(database, delivery, worker, now)) return [];
    const event = storedEvent(database, delivery.event_id);
    const attempts = delivery.attempts + 1;
    if (event !== undefined) return [{ subscription, event, attempts }];
    const error = 'the store has forgotten its event';
    settle(database, worker, {
      key: delivery,
      state: 'discarded',
      attempts,
      dueAt: now,
      startedAt: now,
      endedAt: now,
      error,
    });
    return [];
  });
}

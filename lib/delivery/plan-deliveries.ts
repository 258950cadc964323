import type { EventEnvelope } from '../events/envelope.ts';
import type { Database } from '../store/database.ts';
import type { Subscription } from './subscription.ts';
import { claim, eventOf, type WaitingDelivery, waitingFor, writeUpdate } from './table.ts';

/** What to begin now, what is left over, and when the next is due. */
export interface Plan {
  readonly chosen: readonly Chosen[];
  /** Whether something is due that has no room. */
  readonly isMoreDue: boolean;
  readonly nextDueAt: number;
}

export interface PlanParts {
  readonly subscriptions: readonly Subscription[];
  /** How many run of each subscription. */
  readonly running: ReadonlyMap<string, number>;
  /** How many more may run, those of our own left out. */
  readonly room: number;
  /** What is to be tried again later than this is left alone. */
  readonly retriesUntil: number;
  readonly now: number;
}

export const NOTHING_PLANNED: Plan = {
  chosen: [],
  isMoreDue: false,
  nextDueAt: Number.POSITIVE_INFINITY,
};

export function planDeliveries(database: Database, parts: PlanParts): Plan {
  const { room, now } = parts;
  const waiting = allWaiting(database, parts);
  const due = waiting.map((queue) => ({
    ...queue,
    due: queue.due.filter(({ dueAt }) => dueAt <= now),
  }));
  const chosen = chooseDue(due, room);
  const later = waiting.flatMap((queue) =>
    queue.due.filter(({ dueAt }) => dueAt > now).map(({ dueAt }) => dueAt),
  );
  return {
    chosen,
    isMoreDue: due.reduce((sum, queue) => sum + queue.due.length, 0) > chosen.length,
    nextDueAt: Math.min(Number.POSITIVE_INFINITY, ...later),
  };
}

/** For each subscription with room: what it could begin, and the next after that. */
function allWaiting(
  database: Database,
  { subscriptions, running, retriesUntil }: PlanParts,
): readonly Queueing[] {
  return subscriptions.flatMap((subscription) => {
    const count = running.get(subscription.name) ?? 0;
    const room = subscription.concurrency - count;
    return room <= 0
      ? []
      : [
          {
            subscription,
            running: count,
            due: waitingFor(database, subscription.name, retriesUntil, room + 1),
          },
        ];
  });
}

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
    const event = eventOf(database, delivery);
    const attempts = delivery.attempts + 1;
    if (event !== undefined) return [{ subscription, event, attempts }];
    const error = 'the store has forgotten its event';
    writeUpdate(database, worker, {
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

/** A subscription with room, and what waits for it. */
export interface Queueing {
  readonly subscription: Subscription;
  /** How many of its deliveries run. */
  readonly running: number;
  /** Due now, first come first. */
  readonly due: readonly WaitingDelivery[];
}

interface Chosen {
  readonly subscription: Subscription;
  readonly delivery: WaitingDelivery;
}

/**
 * What is begun now. A subscription that has none running begins one whatever the others do, so
 * that slow ones delay no other; handlers of our own are never held up, either. The slots that are
 * left go around, one each.
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

import type { EventEnvelope } from '../events/envelope.ts';
import type { Database } from '../store/database.ts';
import type { Subscription } from './subscription.ts';
import { claim, eventOf, type WaitingDelivery, waitingFor, writeUpdate } from './table.ts';

/** What to start now, what is left over, and when the next is due. */
export interface Plan {
  readonly chosen: readonly Chosen[];
  /** Whether something is due for which there is no room. */
  readonly isMoreDue: boolean;
  readonly nextDueAt: number;
}

export interface PlanParts {
  readonly subscriptions: readonly Subscription[];
  /** Number of running deliveries per subscription. */
  readonly running: ReadonlyMap<string, number>;
  /** How many more may run, without built-in handlers. */
  readonly room: number;
  /** Retries that are due later are left alone. */
  readonly retriesUntil: number;
  readonly now: number;
}

export const EMPTY_PLAN: Plan = {
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

/**
 * Returns, for each subscription with room, the deliveries that it could start, and the next one.
 */
function allWaiting(
  database: Database,
  { subscriptions, running, retriesUntil }: PlanParts,
): readonly WaitingQueue[] {
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

/** A claimed delivery. It starts as soon as the claim is committed. */
export interface Claimed {
  readonly subscription: Subscription;
  readonly event: EventEnvelope;
  /** Including this one. */
  readonly attempts: number;
}

/**
 * Claims deliveries for a worker, inside the transaction. Gives up deliveries whose event is
 * deleted.
 */
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
    const error = 'its event is no longer in the store';
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

/** A subscription with room, and its waiting deliveries. */
export interface WaitingQueue {
  readonly subscription: Subscription;
  /** Number of its running deliveries. */
  readonly running: number;
  /** Due now, oldest first. */
  readonly due: readonly WaitingDelivery[];
}

interface Chosen {
  readonly subscription: Subscription;
  readonly delivery: WaitingDelivery;
}

/**
 * Chooses what to start now. A subscription without a running delivery starts one in any case, so
 * that slow ones delay no other; built-in handlers never wait, either. The other slots are shared
 * out, one at a time.
 * @param slots How many more may run at once.
 */
export function chooseDue(queues: readonly WaitingQueue[], slots: number): readonly Chosen[] {
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

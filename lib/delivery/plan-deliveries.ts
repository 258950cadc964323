import type { Database } from '../store/database.ts';
import { chooseDue, type Chosen, type Queueing } from './choose-due.ts';
import { waitingFor } from './delivery-store.ts';
import type { Subscription } from './subscription.ts';

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

import type { EventEnvelope } from '../events/envelope.ts';
import { mayDeliver } from '../store/replay-rule.ts';
import { matchesType } from '../events/matches-type.ts';
import type { Subscription, SubscriptionSource } from './subscription.ts';

/** Names of the subscriptions that get an event. */
export type Match = (event: EventEnvelope) => readonly string[];

/** Types are the users' to invent: so many are remembered. */
const MOST_TYPES = 1_000;

/** Several sources as one; the same list as before while none of them has changed. */
export function allSubscriptions(sources: readonly SubscriptionSource[]): SubscriptionSource {
  let lists: ReadonlyArray<readonly Subscription[]> = [];
  let all: readonly Subscription[] = [];
  return () => {
    const now = sources.map((source) => source());
    if (now.some((list, index) => list !== lists[index])) all = now.flat();
    lists = now;
    return all;
  };
}

/**
 * Asks the source once per call; `undefined` while there are no subscriptions. Which of them a type
 * fits is computed once per list.
 */
export function matching(source: SubscriptionSource): () => Match | undefined {
  let known: readonly Subscription[] | undefined;
  let byType = new Map<string, readonly Subscription[]>();
  const ofType = (
    subscriptions: readonly Subscription[],
    type: string,
  ): readonly Subscription[] => {
    const found = byType.get(type) ?? subscriptions.filter(({ types }) => matchesType(types, type));
    if (byType.size < MOST_TYPES) byType.set(type, found);
    return found;
  };
  return () => {
    const subscriptions = source();
    if (subscriptions.length === 0) return undefined;
    if (subscriptions !== known) byType = new Map();
    known = subscriptions;
    return (event) => {
      const found = ofType(subscriptions, event.event_type);
      if (found.length === 0) return [];
      return found
        .filter(
          (subscription) => mayDeliver(event, subscription.name) && accepts(subscription, event),
        )
        .map(({ name }) => name);
    };
  };
}

/** A filter that throws must not take the event with it. */
function accepts({ accepts: isWanted }: Subscription, event: EventEnvelope): boolean {
  try {
    return isWanted?.(event) ?? true;
  } catch {
    return false;
  }
}

import type { EventEnvelope } from '../events/envelope.ts';
import { mayDeliver } from '../store/replay-rule.ts';
import { matchesType } from '../events/matches-type.ts';
import type { Subscription, SubscriptionSource } from './subscription.ts';

/** Returns the names of the subscriptions that get an event. */
export type Match = (event: EventEnvelope) => readonly string[];

/** Number of event types to cache, because users can invent types. */
const MAX_TYPES = 1_000;

/** Combines several sources. Returns the same list as before if none of them changed. */
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
 * Returns a function that reads the source and returns a matcher, or `undefined` if there are no
 * subscriptions. Computes once per list which subscriptions match a type.
 */
export function makeMatcher(source: SubscriptionSource): () => Match | undefined {
  let known: readonly Subscription[] | undefined;
  let byType = new Map<string, readonly Subscription[]>();
  const ofType = (
    subscriptions: readonly Subscription[],
    type: string,
  ): readonly Subscription[] => {
    const found = byType.get(type) ?? subscriptions.filter(({ types }) => matchesType(types, type));
    if (byType.size < MAX_TYPES) byType.set(type, found);
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

/** Whether a subscription accepts an event. A filter that throws must not fail the event. */
function accepts({ accepts: isWanted }: Subscription, event: EventEnvelope): boolean {
  try {
    return isWanted?.(event) ?? true;
  } catch {
    return false;
  }
}

import { DAY_MS } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Database } from '../store/database.ts';
import { inTransaction } from '../store/transaction.ts';
import { MAX_DELAY_MS } from './delivery-update.ts';
import type { Subscription } from './subscription.ts';
import {
  bringForward,
  discardDueBefore,
  requeueDelivery,
  runningOf,
  subscriptionsWith,
} from './table.ts';

export interface MaintenanceParts {
  readonly database: Database;
  readonly subscriptions: readonly Subscription[];
  /** Whether this process runs this delivery. */
  readonly isMine: (event: string, subscription: string) => boolean;
  readonly now: number;
  readonly log: Log;
}

/**
 * A missing subscription may return: an unmounted disk, an inactive project, a webhook that is
 * created again.
 */
const GONE_AFTER_MS = DAY_MS;

/**
 * Requeues what dead workers were running (the attempt counts, because the handler may have
 * finished), discards deliveries of subscriptions that have been missing for a day, and moves due
 * times that a wrong clock set too far ahead. For the leader only: no other worker delivers.
 */
export function maintainDeliveries({
  database,
  subscriptions,
  isMine,
  now,
  log,
}: MaintenanceParts): void {
  const byName = new Map(subscriptions.map((subscription) => [subscription.name, subscription]));
  const orphans = subscriptionsWith(database, ['running'])
    .flatMap((name) => runningOf(database, name))
    .filter((key) => !isMine(key.event_id, key.subscription));
  const waiting = subscriptionsWith(database, ['due']);
  if (orphans.length + waiting.length === 0) return;
  const latest = now + MAX_DELAY_MS;
  const before = now - GONE_AFTER_MS;
  const discarded = inTransaction(database, () => {
    for (const key of orphans)
      requeueDelivery(database, key, byName.get(key.subscription)?.maxAttempts ?? 1_000, now);
    for (const name of waiting) bringForward(database, name, { latest, now });
    const gone = waiting.filter((name) => !byName.has(name));
    return gone.reduce((sum, name) => sum + discardDueBefore(database, name, { before, now }), 0);
  });
  if (orphans.length > 0)
    log(
      'warn',
      'DELIVERIES_RETURNED',
      `${orphans.length} deliveries of a dead worker will be retried`,
    );
  if (discarded > 0)
    log(
      'warn',
      'DELIVERIES_DISCARDED',
      `${discarded} deliveries were discarded: their subscriptions are gone`,
    );
}

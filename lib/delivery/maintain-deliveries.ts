import { DAY_MS } from '../core/clock.ts';
import { numberField, stringField } from '../core/json.ts';
import type { Log } from '../core/log.ts';
import type { Database } from '../store/database.ts';
import { inTransaction } from '../store/transaction.ts';
import { subscriptionsWith } from './delivery-store.ts';
import { LONGEST_DELAY_MS } from './delivery-update.ts';
import type { Subscription } from './subscription.ts';

export interface MaintenanceParts {
  readonly database: Database;
  readonly subscriptions: readonly Subscription[];
  /** Whether this process runs this delivery. */
  readonly isMine: (event: string, subscription: string) => boolean;
  readonly now: number;
  readonly log: Log;
}

/**
 * A subscription that is gone may come back: a disk that is not mounted, a project that is not at
 * work, a webhook made anew.
 */
const GONE_AFTER_MS = DAY_MS;

const GIVE_BACK = `UPDATE deliveries SET claimed_by = NULL, due_at = ?3, last_error = ?4, state = CASE WHEN attempts >= ?5 THEN 'dead' ELSE 'due' END,
  ended_at = CASE WHEN attempts >= ?5 THEN ?3 END WHERE event_id = ?1 AND subscription = ?2 AND state = 'running'`;
const DISCARD = `UPDATE deliveries SET state = 'discarded', ended_at = ?2, due_at = ?2, last_error = 'its subscription is gone'
  WHERE subscription = ?1 AND state = 'due' AND due_at < ?3`;
const HURRY =
  "UPDATE deliveries SET due_at = ?1 WHERE subscription = ?2 AND state = 'due' AND due_at > ?3";

/**
 * Takes back what dead workers were running (the attempt counts: the handler may have done its
 * work), discards what waits for subscriptions that have been gone for a day, and moves due times
 * that lie too far ahead, as a wrong clock writes them. For the leader alone: no other worker
 * delivers.
 */
export function maintainDeliveries({
  database,
  subscriptions,
  isMine,
  now,
  log,
}: MaintenanceParts): void {
  const byName = new Map(subscriptions.map((subscription) => [subscription.name, subscription]));
  const orphans = subscriptionsWith(database, ['running']).flatMap((name) =>
    runningOf(database, name)
      .filter((id) => !isMine(id, name))
      .map((id) => ({ id, name })),
  );
  const waiting = subscriptionsWith(database, ['due']);
  if (orphans.length + waiting.length === 0) return;
  const discarded = inTransaction(database, () => {
    for (const { id, name } of orphans)
      database
        .prepare(GIVE_BACK)
        .run(id, name, now, 'its worker died while it ran', byName.get(name)?.maxAttempts ?? 1_000);
    for (const name of waiting) database.prepare(HURRY).run(now, name, now + LONGEST_DELAY_MS);
    const gone = waiting.filter((name) => !byName.has(name));
    return gone.reduce(
      (sum, name) => sum + database.prepare(DISCARD).run(name, now, now - GONE_AFTER_MS).changes,
      0,
    );
  });
  if (orphans.length > 0)
    log(
      'warn',
      'DELIVERIES_RETURNED',
      `${orphans.length} deliveries of a dead worker are tried again`,
    );
  if (discarded > 0)
    log(
      'warn',
      'DELIVERIES_DISCARDED',
      `${discarded} deliveries were discarded: their subscriptions are gone`,
    );
}

/** The clock stepped back by so much: what waits would else wait that much longer. */
export function shiftWaiting(database: Database, ms: number): void {
  inTransaction(database, () =>
    database.prepare("UPDATE deliveries SET due_at = due_at - ? WHERE state = 'due'").run(ms),
  );
}

/** Deliveries to handlers and webhooks that are not done. Field names are a contract. */
export interface OutboxCounts {
  /** Wait for their time, which is at once for new ones. */
  readonly due: number;
  readonly running: number;
  /** Were given up and wait for a decision. */
  readonly dead: number;
}

export const EMPTY_OUTBOX: OutboxCounts = { due: 0, running: 0, dead: 0 };

/** Counts over all handlers and webhooks. Status shows them, the worker samples them. */
export function countOutbox(database: Database): OutboxCounts {
  const rows = database
    .prepare(
      "SELECT state, count(*) AS n FROM deliveries WHERE state IN ('due', 'running', 'dead') GROUP BY state",
    )
    .all();
  return {
    ...EMPTY_OUTBOX,
    ...Object.fromEntries(
      rows.map((row) => [stringField(row, 'state') ?? '', numberField(row, 'n') ?? 0]),
    ),
  };
}

function runningOf(database: Database, subscription: string): readonly string[] {
  const rows = database
    .prepare("SELECT event_id FROM deliveries WHERE subscription = ? AND state = 'running'")
    .all(subscription);
  return rows.map((row) => stringField(row, 'event_id') ?? '');
}

import type { EventEnvelope } from '../events/envelope.ts';
import { stringField } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import type { EffectTable } from '../store/effect.ts';
import { insertMany, type InsertShape } from '../store/insert-many.ts';
import { decisionEffects } from './decisions.ts';
import { type Match, matching } from './matching.ts';
import type { SubscriptionSource } from './subscription.ts';

export interface OutboxParts {
  readonly source: SubscriptionSource;
  readonly clock: () => number;
  /** Something may be due now. Called inside the transaction: look when it has ended. */
  readonly onDue: () => void;
}

const DELIVERIES: InsertShape = {
  table: 'deliveries',
  columns: ['event_id', 'subscription', 'session_id', 'due_at', 'created_at'],
};

/**
 * Writes a delivery for each subscription that an event fits, in the event's transaction: both are
 * there, or neither is.
 */
export function outboxEffects({ source, clock, onDue }: OutboxParts): EffectTable {
  const matchNow = matching(source);
  return {
    '**': (database, events) => {
      const match = matchNow();
      if (match !== undefined && insertDeliveries(database, events, match, clock())) onDue();
    },
    ...decisionEffects(clock, onDue),
  };
}

function insertDeliveries(
  database: Database,
  events: readonly EventEnvelope[],
  match: Match,
  now: number,
): boolean {
  const rows = events.flatMap((event) =>
    match(event).map(
      (name) =>
        [event.event_id, name, stringField(event.payload, 'session_id') ?? null, now, now] as const,
    ),
  );
  if (rows.length > 0) insertMany(database, DELIVERIES, rows);
  return rows.length > 0;
}

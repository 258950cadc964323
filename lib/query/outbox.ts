import { countDeliveries } from '../delivery/look-after.ts';
import type { Database } from '../store/database.ts';

/** Deliveries to handlers and webhooks that are not done. Field names are a contract. */
export interface OutboxCounts {
  /** Wait for their time, which is at once for new ones. */
  readonly due: number;
  readonly running: number;
  /** Were given up and wait for a decision. */
  readonly dead: number;
}

export const NO_DELIVERIES: OutboxCounts = { due: 0, running: 0, dead: 0 };

/** Counts over all handlers and webhooks. */
export function countOutbox(database: Database): OutboxCounts {
  const counts = [...countDeliveries(database).values()];
  const sum = (state: string): number =>
    counts.reduce((total, count) => total + (count[state] ?? 0), 0);
  return { due: sum('due'), running: sum('running'), dead: sum('dead') };
}

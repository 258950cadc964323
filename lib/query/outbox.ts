import { countDeliveries } from '../delivery/look-after.ts';
import type { Database } from '../store/database.ts';
import { schemaVersion } from '../store/migrate.ts';

/** Deliveries to handlers and webhooks that are not done. Field names are a contract. */
export interface OutboxCounts {
  /** Wait for their time, which is at once for new ones. */
  readonly due: number;
  readonly running: number;
  /** Were given up and wait for a decision. */
  readonly dead: number;
}

/** The version of the store from which on it holds deliveries. */
const FIRST_VERSION = 7;

export const NO_DELIVERIES: OutboxCounts = { due: 0, running: 0, dead: 0 };

/** Counts over all handlers and webhooks. A store of an older version has none. */
export function countOutbox(database: Database): OutboxCounts {
  if (schemaVersion(database) < FIRST_VERSION) return NO_DELIVERIES;
  const counts = [...countDeliveries(database).values()];
  const sum = (state: string): number =>
    counts.reduce((total, count) => total + (count[state] ?? 0), 0);
  return { due: sum('due'), running: sum('running'), dead: sum('dead') };
}

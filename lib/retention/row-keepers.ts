import { checkpointKeeper } from '../features/checkpoint/retention.ts';
import { contextKeeper } from '../features/context/retention.ts';
import { failureKeeper } from '../features/failure/retention.ts';
import { operationKeeper } from '../features/operation/retention.ts';
import { agentKeeper } from '../features/process/retention.ts';
import { routingKeeper } from '../features/routing/retention.ts';
import { judgementKeeper } from '../features/security/retention.ts';
import { sessionKeeper } from '../features/session/retention.ts';
import type { Database } from '../store/database.ts';
import { type Expiry, giveBackPages, removeRowsOf, type RowKeeper } from '../store/keeper.ts';
import { eventKeeper } from '../store/retention.ts';
import { inTransaction } from '../store/transaction.ts';

/** Failures learn from sessions before those go; what belongs to a session goes after it. */
export const ROW_KEEPERS: readonly RowKeeper[] = [
  eventKeeper,
  failureKeeper,
  sessionKeeper,
  checkpointKeeper,
  operationKeeper,
  agentKeeper,
  routingKeeper,
  contextKeeper,
  judgementKeeper,
];

/** Takes away the rows that are too old, in one transaction, and gives their pages back to the disk. */
export function expireRows(database: Database, expiry: Expiry): void {
  inTransaction(database, () => {
    for (const keeper of ROW_KEEPERS) keeper.expire(database, expiry);
  });
  giveBackPages(database);
}

/**
 * Removes every row of a session from every table, in one transaction, and remembers nothing of it: no tombstones.
 * For sessions that never were, such as the sample of an installation; what is still in the queue would bring it back.
 * @returns how many rows went.
 */
export function forgetSession(database: Database, session: string): number {
  return inTransaction(database, () => {
    let removed = 0;
    for (const { forget } of ROW_KEEPERS) removed += forget?.(database, session) ?? 0;
    return removed + removeRowsOf(database, session);
  });
}

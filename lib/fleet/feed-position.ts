import { randomBytes } from 'node:crypto';
import { dropChanges, feedState, setFeedState } from '../store/changed-rows.ts';
import type { Database } from '../store/database.ts';
import type { AppliedUpTo } from '../store/postgres/hosts.ts';
import { inTransaction } from '../store/transaction.ts';

/** Names a count of changes and events: another name begins anew. */
export function newFeed(): string {
  return randomBytes(9).toString('base64url');
}

/** Key in the feed's state: why the team cannot be asked about failures. */
export const KNOWLEDGE_FAULT = 'knowledge_error';

/** Up to where the team has the store. */
export function positionOf(database: Database): AppliedUpTo {
  const { changes, events } = feedState(database);
  return { change: Number(changes ?? 0), event: Number(events ?? 0) };
}

/** The later of two positions. */
export function later(one: AppliedUpTo, other: AppliedUpTo = one): AppliedUpTo {
  return {
    change: Math.max(one.change, other.change),
    event: Math.max(one.event, other.event),
  };
}

/** How many changes and events are behind one position, up to a later one. */
export function distance(one: AppliedUpTo, other: AppliedUpTo): number {
  return other.change - one.change + other.event - one.event;
}

/** The name of the feed of a store, and the position at which it began. */
export function feedStart(database: Database): {
  readonly feed: string;
  readonly start: AppliedUpTo;
} {
  const state = feedState(database);
  const feed = String(state['feed']);
  if (state['started'] === feed) {
    const [change, event] = [Number(state['start_change']), Number(state['start_event'])];
    return { feed, start: { change, event } };
  }
  const start = positionOf(database);
  const { change, event } = start;
  setFeedState(database, { started: feed, start_change: change, start_event: event });
  return { feed, start };
}

/**
 * Whether the team has less of the feed than it has confirmed, as after PostgreSQL was restored
 * from a backup. The changes that it lacks are no longer noted here.
 */
export function hasLostConfirmed(database: Database, arrived: AppliedUpTo): boolean {
  const known = positionOf(database);
  if (distance(feedStart(database).start, known) === 0) return false;
  return arrived.change < known.change || arrived.event < known.event;
}

/** What happened since the last note. */
export interface FeedNews {
  /** Up to where the team has the store. */
  readonly upTo: AppliedUpTo;
  /** Up to where batches are under way. */
  readonly sent: AppliedUpTo;
  /** Rows that were sent. */
  readonly rows: number;
  readonly now: number;
  /** Whether what went wrong is over. */
  readonly isWell: boolean;
}

/** Notes it, and forgets the changes that the team has. */
export function noteFeed(database: Database, { upTo, sent, rows, now, isWell }: FeedNews): void {
  inTransaction(database, () => {
    const known = positionOf(database);
    const next = later(known, upTo);
    if (next.change > known.change) dropChanges(database, next.change);
    const state = feedState(database);
    const underWay = distance(next, later(next, sent));
    setFeedState(database, {
      ...(distance(known, next) > 0 ? { changes: next.change, events: next.event } : {}),
      ...(Number(state['under_way'] ?? 0) === underWay ? {} : { under_way: underWay }),
      ...(rows === 0 ? {} : { sent: Number(state['sent'] ?? 0) + rows, sent_at: now }),
      ...(isWell && state['error'] !== undefined ? { error: null } : {}),
    });
  });
}

import { learnFailedCall, learnLessons } from '../../lib/features/failure/lessons.ts';
import type { Database } from '../../lib/store/database.ts';
import { listDueRefreshes, completeRefresh } from '../../lib/store/refreshes.ts';

/** Learns what the leading worker would learn from the failures in the store. */
export function learnFailedCalls(database: Database): void {
  for (const request of listDueRefreshes(database, 1_000)) {
    if (request.kind !== 'failed-call') continue;
    learnFailedCall(database, request.key);
    completeRefresh(database, request);
  }
}

/** The same, and from the calls of one session. */
export function learn(database: Database, session: string): void {
  learnFailedCalls(database);
  learnLessons(database, session);
}

import { learnFailedCall, learnLessons } from '../../lib/features/failure/lessons.ts';
import type { Database } from '../../lib/store/database.ts';
import { dueRefreshes } from '../../lib/store/refreshes.ts';

/** Learns what the leading worker would learn from the failures in the store. */
export function learnFailedCalls(database: Database): void {
  for (const { kind, key } of dueRefreshes(database, 1_000))
    if (kind === 'failed-call') learnFailedCall(database, key);
}

/** The same, and from the calls of one session. */
export function learn(database: Database, session: string): void {
  learnFailedCalls(database);
  learnLessons(database, session);
}

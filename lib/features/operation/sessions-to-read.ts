import { DAY_MS } from '../../core/clock.ts';
import type { Database } from '../../store/database.ts';
import { countOperations, readSessionsSince, unsettledSessions } from './table.ts';

/** When operations are still missing this long after the last event, their lines will never come (a killed client). */
export const GIVE_UP_MS = DAY_MS;

/**
 * The sessions whose transcripts should be read on, latest first: those with events since the last reading, those not read to the end,
 * and for a day those for which the hooks counted more operations than the store has.
 * @param opsOf How many operations the hooks counted for a session.
 */
export function sessionsToRead(
  database: Database,
  opsOf: (sessionId: string) => number,
  now: number,
): readonly string[] {
  const unsettled = unsettledSessions(database);
  const known = new Set(unsettled);
  const short = readSessionsSince(database, now - GIVE_UP_MS).filter(
    (id) => !known.has(id) && opsOf(id) > countOperations(database, id).counted,
  );
  return [...unsettled, ...short];
}

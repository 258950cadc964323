import { DAY_MS } from '../../core/clock.ts';
import type { Database } from '../../store/database.ts';
import { countOperations } from './count.ts';

/** A line may follow the hook event that it belongs to: until this long after the last event a session is read again. */
export const SETTLE_MS = 10_000;

/** When operations are still missing this long after the last event, their lines will never come (a killed client). */
export const GIVE_UP_MS = DAY_MS;

const UNSETTLED = `SELECT id FROM sessions WHERE transcript_path IS NOT NULL
  AND (transcript_read_at IS NULL OR transcript_state = 'reading' OR transcript_read_at < last_event_at + ${SETTLE_MS})
  ORDER BY last_event_at DESC, id`;
const RECENT = `SELECT id FROM sessions WHERE transcript_path IS NOT NULL AND transcript_read_at IS NOT NULL AND last_event_at > ?
  ORDER BY last_event_at DESC, id`;

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
  const unsettled = idsOf(database, UNSETTLED);
  const known = new Set(unsettled);
  const short = idsOf(database, RECENT, now - GIVE_UP_MS).filter(
    (id) => !known.has(id) && opsOf(id) > countOperations(database, id).counted,
  );
  return [...unsettled, ...short];
}

function idsOf(database: Database, sql: string, ...values: readonly number[]): readonly string[] {
  return database
    .prepare(sql)
    .all(...values)
    .map((row) => String(row['id']));
}

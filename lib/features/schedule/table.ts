import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { applyWrites, type TableDefinition } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';

/** The last completed slot of each schedule, and the timing by which slots were counted. */
export const SCHEDULES: TableDefinition = {
  table: 'schedules',
  key: ['name'],
  once: ['timing'],
  greatest: ['slot'],
};

/** Progress of a schedule. */
export interface ScheduleState {
  readonly timing: string | undefined;
  readonly slot: number;
}

/** Returns the progress of a schedule; `undefined` if it was never checked. */
export function readScheduleState(database: Database, name: string): ScheduleState | undefined {
  const row = database.prepare('SELECT timing, slot FROM schedules WHERE name = ?').get(name);
  return row === undefined
    ? undefined
    : { timing: stringField(row, 'timing'), slot: numberField(row, 'slot') ?? 0 };
}

/** Makes a schedule begin after this slot, regardless of its progress. */
export function restartSchedule(
  database: Database,
  name: string,
  timing: string,
  slot: number,
): void {
  inTransaction(database, () =>
    applyWrites(database, [
      { from: SCHEDULES, key: { name } },
      { into: SCHEDULES, row: { name, timing, slot } },
    ]),
  );
}

/** Deletes all schedules except these. */
export function deleteOtherSchedules(database: Database, names: ReadonlySet<string>): void {
  const known = database.prepare('SELECT name FROM schedules').all();
  const gone = known.map((row) => String(row['name'])).filter((name) => !names.has(name));
  applyWrites(
    database,
    gone.map((name) => ({ from: SCHEDULES, key: { name } })),
  );
}

/** Whether a session was active since that time. */
export function wasActiveSince(database: Database, since: number): boolean {
  const active = 'SELECT 1 FROM sessions WHERE last_event_at >= ? LIMIT 1';
  return database.prepare(active).get(since) !== undefined;
}

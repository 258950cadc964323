import { type Schedule, schedulesOf } from '../../bus/schedule/schedules.ts';
import { isoTime } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { numberOf } from './row.ts';

/** One schedule, as `schedule list --json` shows it. Field names are a contract. */
export interface ScheduleSummary {
  readonly name: string;
  /** `every 15m`, or five fields of cron. */
  readonly timing: string;
  readonly type: string;
  readonly payload: JsonObject;
  readonly origin: Schedule['origin'];
  readonly onlyWhileActive: boolean;
  /** The last slot that came while it was known; `null` before the first look of a worker. */
  readonly last: string | null;
  readonly next: string | null;
}

/** Every schedule by name. @param database `undefined` while there is no store. */
export function listSchedules(entries: readonly string[], database: Database | undefined, now: number): readonly ScheduleSummary[] {
  const slots = database === undefined ? new Map<string, number>() : lastSlots(database);
  return schedulesOf(entries).map(({ timing, ...schedule }) => {
    const [last, next] = [slots.get(schedule.name), timing.next(now)];
    return { ...schedule, timing: timing.text, last: last === undefined ? null : isoTime(last), next: next === undefined ? null : isoTime(next) };
  });
}

/** A store that no worker of this version has opened yet has no such table. */
function lastSlots(database: Database): Map<string, number> {
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schedules'").get() === undefined) return new Map();
  const rows = database.prepare('SELECT name, slot FROM schedules').all();
  return new Map(rows.map((row) => [String(row['name']), numberOf(row, 'slot') ?? 0]));
}

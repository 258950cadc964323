import { type Schedule, schedulesOf } from '../features/schedule/schedules.ts';
import { isoTime } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import { textOf } from './row.ts';

/** One schedule, as `schedule list --json` shows it. Field names are a contract. */
export interface ScheduleSummary {
  readonly name: string;
  /** `every 15m`, or five fields of cron. */
  readonly timing: string;
  readonly type: string;
  readonly payload: JsonObject;
  readonly origin: Schedule['origin'];
  readonly onlyWhileActive: boolean;
  /** The last slot whose event the store has. */
  readonly last: string | null;
  readonly next: string | null;
}

/** Every schedule by name. @param database `undefined` while there is no store. */
export function listSchedules(
  entries: readonly string[],
  database: Database | undefined,
  now: number,
): readonly ScheduleSummary[] {
  const lastSlot = database === undefined ? () => undefined : slotsIn(database);
  return schedulesOf(entries).map(({ timing, ...schedule }) => {
    const [last, next] = [lastSlot(schedule.name), timing.next(now)];
    return {
      ...schedule,
      timing: timing.text,
      last: last === undefined ? null : isoTime(last),
      next: next === undefined ? null : isoTime(next),
    };
  });
}

/** The worker's own note of a slot will not do: it also holds slots that passed before a schedule was known, or that were left out. */
function slotsIn(database: Database): (name: string) => number | undefined {
  const latest = database.prepare('SELECT max(id) AS id FROM events WHERE id >= ?1 AND id < ?2'); // ids have as many digits until 2286
  return (name) => {
    const id = textOf(latest.get(`schedule:${name}:`, `schedule:${name};`) ?? {}, 'id');
    return id === null ? undefined : Number(id.slice(id.lastIndexOf(':') + 1));
  };
}

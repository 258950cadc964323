import { sql } from 'kysely';
import { type Schedule, parseSchedules } from '../features/schedule/schedules.ts';
import { isoTime } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Database } from '../store/database.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { readTextColumn } from './row.ts';
import { viewStore } from './store-view.ts';

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

/**
 * Every schedule by name. While the store cannot be read, without last slots, and `onProblem` says
 * why.
 */
export async function listSchedules(
  folder: StateFolder,
  entries: readonly string[],
  now: number,
  onProblem: (problem: string) => void,
): Promise<readonly ScheduleSummary[]> {
  const schedules = parseSchedules(entries);
  const names = schedules.map(({ name }) => name);
  const lastSlots = await slotsIn(folder, names, onProblem);
  return schedules.map(({ timing, ...schedule }) => {
    const [last, next] = [lastSlots.get(schedule.name), timing.next(now)];
    return {
      ...schedule,
      timing: timing.text,
      last: last === undefined ? null : isoTime(last),
      next: next === undefined ? null : isoTime(next),
    };
  });
}

async function slotsIn(
  folder: StateFolder,
  names: readonly string[],
  onProblem: (problem: string) => void,
): Promise<ReadonlyMap<string, number>> {
  const view = await viewStore(folder);
  try {
    if (view.message !== undefined)
      onProblem(`Last slots are left out. Cannot read the store: ${view.message}`);
    return view.database === undefined ? new Map() : await readLastSlots(view.database, names);
  } finally {
    view.database?.close();
  }
}

/**
 * The latest slot of each schedule whose event the store has, in milliseconds since the epoch. The
 * worker's own note of a slot also holds slots that passed before a schedule was known, or that
 * were left out.
 */
async function readLastSlots(
  database: Database,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const query = queryBuilder()
    .selectFrom(bindList(names).as('wanted'))
    .select(['wanted.value as name'])
    .select((eb) =>
      eb
        .selectFrom('events')
        .select((inner) => inner.fn.max('events.id').as('id')) // ids have as many digits until 2286
        .where('events.id', '>=', sql<string>`'schedule:' || ${sql.ref('wanted.value')} || ':'`)
        .where('events.id', '<', sql<string>`'schedule:' || ${sql.ref('wanted.value')} || ';'`)
        .as('id'),
    );
  const rows = await runQuery(database, query);
  return new Map(
    rows.flatMap((row) => {
      const id = readTextColumn(row, 'id');
      return id === null
        ? []
        : [[readTextColumn(row, 'name') ?? '', Number(id.slice(id.lastIndexOf(':') + 1))] as const];
    }),
  );
}

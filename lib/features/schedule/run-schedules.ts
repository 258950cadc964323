import { DAY_MS } from '../../core/clock.ts';
import { type Schedule, parseSchedules } from './schedules.ts';
import { createSlotEvent } from './slot-event.ts';
import {
  deleteOtherSchedules,
  restartSchedule,
  readScheduleState,
  wasActiveSince,
} from './table.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import type { Database } from '../../store/database.ts';

export interface ScheduleParts {
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  /** The user's schedules, as written in the settings. */
  readonly entries: () => readonly string[];
  /**
   * Stores events under their own ids in one transaction.
   * @throws {@link StoreFault}
   */
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
}

/** Emits due events. It has no timer: the leader calls it whenever it wakes. */
export interface ScheduleRunner {
  /** Emits the events of due slots; of several missed ones, only the last. Cheap if none is due. */
  look(): void;
  /**
   * Returns the milliseconds until the next slot for which the worker should wake; `undefined` if
   * there is none, or no store.
   */
  untilNext(): number | undefined;
}

/** A slot further ahead than this was recorded while the clock was wrong. */
const WRONG_CLOCK_MS = DAY_MS;

/** Poll interval of a busy worker; an idle one wakes for the slot. */
export const SCHEDULE_POLL_MS = 1_000;

/** Delay before a retry after a failure. */
const TRY_AGAIN_MS = 60_000;

/**
 * Creates the runner. A new schedule, or one with new times, begins with its next slot. If the
 * clock goes back, nothing is repeated: each slot has one event.
 */
export function createScheduleRunner({
  clock,
  database,
  entries,
  storeAs,
}: ScheduleParts): ScheduleRunner {
  let seen: readonly string[] | undefined;
  let plan: readonly Schedule[] = [];
  let lookedAt = 0;
  let nextLook = 0;
  let nextWake: number | undefined;
  const timesFrom = (now: number, schedules: readonly Schedule[]): number | undefined => {
    const times = schedules.flatMap(({ timing }) => timing.next(now) ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  };
  return {
    look() {
      const now = clock();
      const isNew = entries() !== seen;
      if (!isNew && now < nextLook && now >= lookedAt) return;
      const store = database();
      if (store === undefined) return;
      if (isNew) plan = parseSchedules(entries());
      seen = entries();
      lookedAt = now;
      nextLook = now + TRY_AGAIN_MS; // unless all goes well
      nextWake = nextLook;
      // a schedule that is added again later has missed nothing
      deleteOtherSchedules(store, new Set(plan.map(({ name }) => name)));
      const due = plan.flatMap((schedule) => dueEvent(store, schedule, now) ?? []);
      if (due.length > 0) storeAs(due);
      nextLook = timesFrom(now, plan) ?? Number.POSITIVE_INFINITY;
      nextWake = timesFrom(
        now,
        plan.filter(({ onlyWhileActive }) => !onlyWhileActive),
      );
    },
    untilNext() {
      if (nextWake === undefined || database() === undefined) return undefined;
      const left = nextWake - clock();
      // it has checked within this time, and will check again
      return left > 0 ? left : SCHEDULE_POLL_MS;
    },
  };
}

function dueEvent(store: Database, schedule: Schedule, now: number): EventEnvelope | undefined {
  const { name, timing, onlyWhileActive } = schedule;
  const slot = timing.latest(now);
  const known = readScheduleState(store, name);
  const keep = (): void => restartSchedule(store, name, timing.text, slot ?? now);
  if (known === undefined || known.timing !== timing.text || known.slot > now + WRONG_CLOCK_MS)
    keep();
  else if (slot !== undefined && slot > known.slot) {
    if (!onlyWhileActive || wasActiveSince(store, known.slot))
      return createSlotEvent(schedule, slot, now);
    keep();
  }
  return undefined;
}

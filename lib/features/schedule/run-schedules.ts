import { DAY_MS } from '../../core/clock.ts';
import { type Schedule, schedulesOf } from './schedules.ts';
import { slotEvent } from './slot-event.ts';
import { keepSchedules, restartSchedule, scheduleState, wasActiveSince } from './table.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import type { Database } from '../../store/database.ts';

export interface ScheduleParts {
  readonly clock: () => number;
  readonly database: () => Database | undefined;
  /** The user's, as written in the settings. */
  readonly entries: () => readonly string[];
  /** Stores events with ids of their own in one transaction. @throws {@link StoreFault} */
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
}

/** Emits what is due. It owns no timer: the leader asks it whenever it wakes. */
export interface ScheduleRunner {
  /** Emits the events of slots that came; of several that were missed, the last. Cheap while none is due. */
  look(): void;
  /** Milliseconds until the next slot that is worth waking for; `undefined` while there is none, or no store. */
  untilNext(): number | undefined;
}

/** A slot further ahead than this was recorded while the clock was wrong. */
const WRONG_CLOCK_MS = DAY_MS;

/** How often a busy worker looks; an idle one wakes for the slot. */
export const SCHEDULE_LOOK_MS = 1_000;

/** After a failure the next try. */
const TRY_AGAIN_MS = 60_000;

/**
 * A schedule that is new, or comes at other times than before, begins with its next slot. A clock that steps back repeats nothing: a slot has one event for life.
 */
export function scheduleRunner({
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
      if (isNew) plan = schedulesOf(entries());
      seen = entries();
      lookedAt = now;
      nextLook = now + TRY_AGAIN_MS; // unless all goes well
      nextWake = nextLook;
      keepSchedules(store, new Set(plan.map(({ name }) => name))); // one that comes back later has missed nothing
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
      return left > 0 ? left : SCHEDULE_LOOK_MS; // it has looked within this time, and does so again
    },
  };
}

function dueEvent(store: Database, schedule: Schedule, now: number): EventEnvelope | undefined {
  const { name, timing, onlyWhileActive } = schedule;
  const slot = timing.latest(now);
  const known = scheduleState(store, name);
  const keep = (): void => restartSchedule(store, name, timing.text, slot ?? now);
  if (known === undefined || known.timing !== timing.text || known.slot > now + WRONG_CLOCK_MS)
    keep();
  else if (slot !== undefined && slot > known.slot) {
    if (!onlyWhileActive || wasActiveSince(store, known.slot))
      return slotEvent(schedule, slot, now);
    keep();
  }
  return undefined;
}

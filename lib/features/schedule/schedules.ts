import type { JsonObject } from '../../core/json.ts';
import { readSchedule, type ScheduleEntry } from '../../config/schedule/schedule-entry.ts';
import type { Timing } from '../../config/schedule/timing.ts';

/** Something that is emitted at certain times. */
export interface Schedule {
  readonly name: string;
  readonly timing: Timing;
  readonly type: string;
  readonly payload: JsonObject;
  readonly origin: 'built in' | 'config';
  /** Whether slots are left out in which no session was at work. */
  readonly onlyWhileActive: boolean;
}

/** Which of ours comes when; times of day are local. */
const BUILT_IN = [
  'learning 0 3 * * * learning.cycle_requested',
  'cleanup 30 3 * * 0 system.cleanup_needed',
  'observability every 1h system.observability_check',
];

/** Ours that look at what sessions do: without any there is nothing to look at. */
const ONLY_WHILE_ACTIVE = ['observability'];

/** Every schedule, sorted by name. A schedule of the user replaces ours of the same name; the last of a name wins. */
export function schedulesOf(entries: readonly string[]): readonly Schedule[] {
  const byName = new Map<string, Schedule>();
  const add = ({ name, event }: ScheduleEntry, origin: Schedule['origin']): void => {
    if (event === undefined) byName.delete(name);
    else
      byName.set(name, {
        name,
        ...event,
        origin,
        onlyWhileActive: origin === 'built in' && ONLY_WHILE_ACTIVE.includes(name),
      });
  };
  for (const entry of BUILT_IN.flatMap(entryIn)) add(entry, 'built in');
  for (const entry of entries.flatMap(entryIn)) add(entry, 'config');
  return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** What the settings refuse never comes here; what they once let through is left out. */
function entryIn(text: string): readonly ScheduleEntry[] {
  const read = readSchedule(text);
  return read.ok ? [read.entry] : [];
}

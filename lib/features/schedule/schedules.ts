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
  /** Whether slots without an active session are skipped. */
  readonly onlyWhileActive: boolean;
}

/** Times of the built-in schedules; times of day are local. */
const BUILT_IN = [
  'learning 0 3 * * * learning.cycle_requested',
  'cleanup 30 3 * * 0 system.cleanup_needed',
  'weekly-report 0 8 * * 1 system.report_requested {"report":"weekly"}',
  'observability every 1h system.observability_check',
];

/** Built-in schedules that check sessions: without an active session there is nothing to check. */
const ONLY_WHILE_ACTIVE = ['observability'];

/**
 * Returns every schedule, sorted by name. A user's schedule replaces a built-in one of the same
 * name; the last of several wins.
 */
export function parseSchedules(entries: readonly string[]): readonly Schedule[] {
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

/** Ignores an entry that is invalid now, although the settings accepted it once. */
function entryIn(text: string): readonly ScheduleEntry[] {
  const read = readSchedule(text);
  return read.ok ? [read.entry] : [];
}

import { localDay } from '../local-days.ts';

/**
 * The time that a report covers, in milliseconds since the epoch: from `since` on, and before
 * `until`.
 */
export interface ReportSpan {
  readonly since: number;
  readonly until: number;
}

/** So many days of the local clock up to `now`, the day of `now` included. */
export function lastDays(days: number, now: number): ReportSpan {
  const begin = new Date(now);
  begin.setHours(0, 0, 0, 0);
  return { since: begin.setDate(begin.getDate() - (days - 1)), until: now };
}

/** The time of the same length that ends where a span begins. */
export function spanBefore({ since, until }: ReportSpan): ReportSpan {
  return { since: since - (until - since), until: since };
}

/** The days of the local clock that a span touches, in order: `2026-11-22`. */
export function daysIn({ since, until }: ReportSpan): readonly string[] {
  const days: string[] = [];
  const noon = new Date(since);
  noon.setHours(12, 0, 0, 0); // there is no clock change at noon
  const last = localDay(Math.max(since, until - 1));
  for (let day = localDay(noon.getTime()); day <= last; day = localDay(noon.getTime())) {
    days.push(day);
    noon.setDate(noon.getDate() + 1);
  }
  return days;
}

/** How far the local clock is from UTC at a moment: `UTC`, `UTC+05:30`, `UTC-08:00`. */
export function zoneText(at: number): string {
  const minutes = -new Date(at).getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const two = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

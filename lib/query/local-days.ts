import { type RawBuilder, sql } from 'kysely';
import { DAY_MS } from '../core/clock.ts';

const MINUTE_MS = 60_000;

/** A span of time in which the local clock is the same distance from UTC. */
interface Span {
  /** Its first millisecond. */
  readonly from: number;
  /** Local time less UTC, in milliseconds. */
  readonly ahead: number;
}

/**
 * The day of the local clock in which a moment lies, as a number that {@link formatDay} reads;
 * `NULL` where the moment is. The driver knows the moments at which the clock changes, not the
 * zone: whose zone counts is that of this process.
 * @param first No moment lies before it; none lies after `last`.
 */
export function selectLocalDay(at: RawBuilder<unknown>, first: number, last: number) {
  const [begin, ...changes] = spansBetween(first, last);
  // the nearest change last: most questions are about a time with few of them
  const ahead = changes
    .toReversed()
    .map((span) => sql`WHEN ${at} >= ${sql.lit(span.from)} THEN ${sql.lit(span.ahead)}`);
  const offset =
    ahead.length === 0
      ? sql.lit(begin.ahead)
      : sql`CASE ${sql.join(ahead, sql` `)} ELSE ${sql.lit(begin.ahead)} END`;
  const day = sql.lit(DAY_MS);
  // a day is added and taken away since SQLite rounds towards zero, and 1970 has an evening before
  return sql<number>`((${at} + ${offset} + ${day}) / ${day} - 1)`;
}

/** Whether the local clock is that of UTC at each moment from `first` to `last`. */
export function isUtcBetween(first: number, last: number): boolean {
  return spansBetween(first, last).every(({ ahead }) => ahead === 0);
}

/** `2026-11-22`. */
export function formatDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The day of the local clock in which a moment lies: `2026-11-22`. */
export function localDay(at: number): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function spansBetween(first: number, last: number): readonly [Span, ...Span[]] {
  const spans: [Span, ...Span[]] = [{ from: first, ahead: aheadAt(first) }];
  let ahead = aheadAt(first);
  for (let at = first; at < last; at += DAY_MS) {
    const end = Math.min(at + DAY_MS, last);
    if (aheadAt(end) === ahead) continue;
    ahead = aheadAt(end);
    spans.push({ from: changeBetween(at, end), ahead });
  }
  return spans;
}

/** The first millisecond at which the clock is as far ahead as at `end`. */
function changeBetween(at: number, end: number): number {
  let [before, after] = [at, end];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (aheadAt(middle) === aheadAt(end)) after = middle;
    else before = middle;
  }
  return after;
}

function aheadAt(at: number): number {
  return -new Date(at).getTimezoneOffset() * MINUTE_MS;
}

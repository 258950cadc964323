import { useCallback } from 'preact/hooks';
import { formatAgo, formatDuration } from '../../../core/units.ts';
import { useTicking } from '../ticker.ts';

/** A time as people say it, which ticks; the whole of it is in the title. */
export function Ago({ at, none = '–' }: { readonly at: string | null; readonly none?: string }) {
  const ms = at === null ? Number.NaN : Date.parse(at);
  const read = useCallback((now: number) => (Number.isNaN(ms) ? '' : formatAgo(ms, now)), [ms]);
  const text = useTicking(read);
  if (at === null || Number.isNaN(ms)) return <>{none}</>;
  return (
    <time dateTime={at} title={wholeTime(ms)}>
      {text}
    </time>
  );
}

/** How long until a time, or since it, which ticks. */
export function Span({ from, to }: { readonly from?: string; readonly to?: string }) {
  const start = from === undefined ? undefined : Date.parse(from);
  const end = to === undefined ? undefined : Date.parse(to);
  const read = useCallback(
    (now: number) => formatDuration((end ?? now) - (start ?? now)),
    [start, end],
  );
  return <>{useTicking(read)}</>;
}

/** A time to the second, in the zone of the browser. */
export function wholeTime(ms: number): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' }).format(ms);
}

/** `14:03`, or with its day where that is another one. */
export function ClockTime({ at }: { readonly at: number }) {
  if (at === 0) return null;
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const text = new Intl.DateTimeFormat(undefined, {
    ...(isToday ? {} : { day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  }).format(date);
  return (
    <time dateTime={date.toISOString()} title={wholeTime(at)}>
      {text}
    </time>
  );
}

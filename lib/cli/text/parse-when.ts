import { DAY_MS, HOUR_MS } from '../../core/clock.ts';
import { WaymarkError } from '../../core/errors.ts';

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: HOUR_MS,
  d: DAY_MS,
  w: 604_800_000,
};

/** Milliseconds in `90s`, `30m`, `2h`, `7d`, `1w`, or `undefined`. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([smhdw])$/.exec(text.trim()) ?? [];
  const size = UNITS[unit ?? ''];
  return amount === undefined || size === undefined ? undefined : Number(amount) * size;
}

/**
 * A moment in milliseconds since the epoch: so long before `now` (`2h`), a date (`2026-11-22`), or
 * an ISO time.
 * @param flag Named in the error. @throws {@link WaymarkError} USAGE
 */
export function parseWhen(text: string, now: number, flag: string): number {
  const ago = parseDuration(text);
  if (ago !== undefined) return now - ago;
  const at = /^\d{4}-\d{2}-\d{2}/.test(text)
    ? Date.parse(/^[\d-]+$/.test(text) ? `${text}T00:00` : text)
    : Number.NaN;
  if (Number.isNaN(at))
    throw new WaymarkError(
      'USAGE',
      `Cannot use ${flag} ${text}: expected a duration such as 30m, 2h or 7d, a date, or an ISO time`,
    );
  return at;
}

/**
 * A day of the local clock, from its first to its last millisecond; not each has 24 hours. @throws
 * {@link WaymarkError} USAGE
 */
export function parseDay(
  text: string,
  flag: string,
): { readonly since: number; readonly until: number } {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  const start = new Date(Number(year), Number(month) - 1, Number(day));
  if (year === '' || start.getMonth() !== Number(month) - 1 || start.getDate() !== Number(day))
    throw new WaymarkError(
      'USAGE',
      `Cannot use ${flag} ${text}: expected a day such as 2026-11-22`,
    );
  return {
    since: start.getTime(),
    until: new Date(Number(year), Number(month) - 1, Number(day) + 1).getTime() - 1,
  };
}

/** A whole number from 1 on. @throws {@link WaymarkError} USAGE */
export function parseLimit(text: string, flag: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1)
    throw new WaymarkError(
      'USAGE',
      `Cannot use ${flag} ${text}: expected a whole number, 1 or more`,
    );
  return limit;
}

import { WaymarkError } from '../../core/errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds in `90s`, `30m`, `2h`, `7d`, `1w`, or `undefined`. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([smhdw])$/.exec(text.trim()) ?? [];
  const size = UNITS[unit ?? ''];
  return amount === undefined || size === undefined ? undefined : Number(amount) * size;
}

/**
 * A moment in milliseconds since the epoch: so long before `now` (`2h`), a date (`2026-11-22`), or an ISO time.
 * @param flag Named in the error. @throws {@link WaymarkError} USAGE
 */
export function parseWhen(text: string, now: number, flag: string): number {
  const ago = parseDuration(text);
  if (ago !== undefined) return now - ago;
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(/^[\d-]+$/.test(text) ? `${text}T00:00` : text) : Number.NaN;
  if (Number.isNaN(at)) throw new WaymarkError('USAGE', `Cannot use ${flag} ${text}: expected a duration such as 30m, 2h or 7d, a date, or an ISO time`);
  return at;
}

/** A whole number from 1 on. @throws {@link WaymarkError} USAGE */
export function parseLimit(text: string, flag: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new WaymarkError('USAGE', `Cannot use ${flag} ${text}: expected a whole number from 1 on`);
  return limit;
}

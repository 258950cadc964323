import { DAY_MS, HOUR_MS } from '../../core/clock.ts';
import { reasonOf } from '../../core/errors.ts';
import { lazy } from '../../core/lazy.ts';
import { packageLoader } from '../../core/package-loader.ts';

/** Loaded by the first schedule that needs it: few settings have one. */
const croner = lazy((): typeof import('croner') => packageLoader()('croner'));

/**
 * When a schedule runs. Its slots follow from its text alone, so they are the same in every
 * process.
 */
export interface Timing {
  /** As written: `every 15m`, `0 3 * * *`. */
  readonly text: string;
  /**
   * Returns the latest slot at or before a time, and the first one after it. Milliseconds since the
   * epoch; `undefined` if there is none.
   */
  latest(at: number): number | undefined;
  next(after: number): number | undefined;
}

export type ReadTiming =
  | { readonly ok: true; readonly timing: Timing }
  | { readonly ok: false; readonly reason: string };

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: HOUR_MS,
  d: DAY_MS,
  w: 604_800_000,
};
const MAX_MS = 366 * DAY_MS;

/** Parses `every 15m`. Slots are multiples of the interval since 1970, in UTC. */
export function readInterval(text: string): ReadTiming {
  const [, amount, unit] = /^([1-9]\d{0,6})([smhdw])$/.exec(text) ?? [];
  const ms = Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (!(ms <= MAX_MS))
    return { ok: false, reason: 'must be a duration from 1s to 366d, such as 15m' };
  const latest = (at: number): number => Math.floor(at / ms) * ms;
  return {
    ok: true,
    timing: { text: `every ${text}`, latest, next: (after) => latest(after) + ms },
  };
}

/**
 * Parses five fields as in crontab, in local time. The parser only computes times: without a
 * callback it sets no timer.
 */
export function readCron(text: string): ReadTiming {
  try {
    const { Cron } = croner();
    const cron = new Cron(text, { mode: '5-part', paused: true });
    if (cron.nextRun() === null) return { ok: false, reason: 'must name a date that exists' };
    return {
      ok: true,
      timing: {
        text,
        // The parser uses whole seconds and does not count a run at that very second as previous.
        latest: (at) => cron.previousRuns(1, new Date(at + 1_000 - (at % 1_000)))[0]?.getTime(),
        next: (after) => cron.nextRun(new Date(after))?.getTime(),
      },
    };
  } catch (error) {
    return {
      ok: false,
      reason: `must be five fields of cron: ${reasonOf(error).replace(/^CronPattern: /, '')}`,
    };
  }
}

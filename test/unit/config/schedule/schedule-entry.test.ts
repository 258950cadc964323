import { describe, expect, it } from 'vitest';
import { readSchedule } from '../../../../lib/config/schedule/schedule-entry.ts';

const at = (iso: string): number => Date.parse(iso);

describe('readSchedule', () => {
  it('parses an interval, whose slots are whole multiples', () => {
    const read = readSchedule('report every 15m report.wanted {"of": "last  hour"}');
    expect(read).toMatchObject({
      ok: true,
      entry: { name: 'report', event: { type: 'report.wanted', payload: { of: 'last  hour' } } },
    });
    const timing = read.ok ? read.entry.event?.timing : undefined;
    expect(timing?.latest(at('2026-11-22T10:44:59.999Z'))).toBe(at('2026-11-22T10:30:00Z'));
    expect(timing?.latest(at('2026-11-22T10:45:00Z'))).toBe(at('2026-11-22T10:45:00Z'));
    expect(timing?.next(at('2026-11-22T10:45:00Z'))).toBe(at('2026-11-22T11:00:00Z'));
  });

  it('parses the five fields of cron, in local time', () => {
    const read = readSchedule('nightly 30 3 * * 1-5 report.wanted');
    const timing = read.ok ? read.entry.event?.timing : undefined;
    const monday = new Date(2026, 10, 23, 3, 30).getTime();
    expect(timing?.text).toBe('30 3 * * 1-5');
    expect(timing?.latest(monday - 1)).toBe(new Date(2026, 10, 20, 3, 30).getTime());
    expect(timing?.latest(monday)).toBe(monday);
    expect(timing?.latest(monday + 1)).toBe(monday);
    expect(timing?.next(monday)).toBe(new Date(2026, 10, 24, 3, 30).getTime());
  });

  it('sets no timer', () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    readSchedule('busy * * * * * x.y');
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(
      before,
    );
  });

  it('accepts a name that is switched off', () => {
    expect(readSchedule('cleanup off')).toEqual({
      ok: true,
      entry: { name: 'cleanup', event: undefined },
    });
  });

  it.each([
    ['Report every 15m x.y', 'name'],
    ['report every 0m x.y', 'every'],
    ['report every 15 x.y', 'every'],
    ['report every 400d x.y', 'every'],
    ['report', 'cron'],
    ['report 61 * * * * x.y', 'cron'],
    ['report 0 0 31 2 * x.y', 'cron'],
    ['report every 15m', 'type'],
    ['report every 15m Wanted', 'type'],
    ['report every 15m x.y [1]', 'payload'],
    ['report every 15m x.y {broken', 'payload'],
  ])('refuses %j and names %s', (text, field) => {
    expect(readSchedule(text)).toMatchObject({ ok: false, field });
  });
});

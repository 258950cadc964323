import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  parseDay,
  parseDuration,
  parseLimit,
  parseWhen,
} from '../../../../lib/cli/text/parse-when.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

describe('parseDuration', () => {
  it.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['1w', 604_800_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '2', 'h', '2x', '-2h', '2h30m'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('parseWhen', () => {
  it('counts a duration back from now', () => {
    expect(parseWhen('2h', NOW, '--since')).toBe(NOW - 7_200_000);
  });

  it('takes an ISO time as it is', () => {
    expect(parseWhen('2026-11-20T10:00:00Z', NOW, '--since')).toBe(
      Date.parse('2026-11-20T10:00:00Z'),
    );
  });

  it('takes a date as its local midnight', () => {
    expect(parseWhen('2026-11-20', NOW, '--since')).toBe(new Date(2026, 10, 20).getTime());
  });

  it.each(['yesterday', '2026-13-40', '5'])('refuses %s and names the flag', (text) => {
    expect(() => parseWhen(text, NOW, '--until')).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('--until') }),
    );
  });
});

describe('parseDay', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('takes the hours that the day has where one is', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    const { since, until } = parseDay('2026-10-25', '--date');
    expect([new Date(since).toISOString(), new Date(until).toISOString()]).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T22:59:59.999Z',
    ]);
  });

  it.each(['today', '2026-13-01', '2026-02-30', '2026-11-22T10:00'])(
    'refuses %s as a day',
    (text) => {
      expect(() => parseDay(text, '--date')).toThrow(
        expect.objectContaining({
          code: 'USAGE',
          message: expect.stringContaining('expected a day'),
        }),
      );
    },
  );
});

describe('parseLimit', () => {
  it('takes whole numbers from 1 on', () => {
    expect(parseLimit('20', '--limit')).toBe(20);
  });

  it.each(['0', '-1', '1.5', 'all'])('refuses %s', (text) => {
    expect(() => parseLimit(text, '--limit')).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

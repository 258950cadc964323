import { describe, expect, it } from 'vitest';
import {
  askedDelay,
  MAX_ATTEMPTS,
  retryDelay,
} from '../../../../lib/delivery/webhooks/retry-schedule.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const still = { now: NOW, random: 0 };

describe('retryDelay', () => {
  it('follows the schedule that Standard Webhooks recommends', () => {
    const delays = Array.from(
      { length: MAX_ATTEMPTS - 1 },
      (_, index) => retryDelay(index + 1, 0) / 1000,
    );
    expect(delays).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    expect(delays.reduce((sum, delay) => sum + delay)).toBe(75 * 3_600 + 35 * 60 + 5);
  });

  it('waits up to a random tenth less, never longer', () => {
    expect([retryDelay(2, 0.5), retryDelay(2, 0.999_999)]).toEqual([285_000, 270_000]);
  });

  it('stays at the longest delay after its end', () => {
    expect(retryDelay(50, 0)).toBe(86_400_000);
  });
});

describe('askedDelay', () => {
  it('waits as long as the receiver says, in seconds or until a date', () => {
    expect(askedDelay('120', 1, still)).toBe(120_000);
    expect(askedDelay(new Date(NOW + 90_000).toUTCString(), 1, still)).toBe(90_000);
  });

  it.each([
    ['asks for less', '0'],
    ['asks for a time that is over', new Date(NOW - 90_000).toUTCString()],
    ['says nothing', undefined],
    ['says nonsense', 'soon'],
    ['says a negative number', '-5'],
    ['says a year, which a lenient parser takes for a date', '2027x'],
  ])('keeps to the schedule when the receiver %s', (_what, header) => {
    expect(askedDelay(header, 2, still)).toBe(300_000);
  });

  it('waits for no more than a day', () => {
    expect(askedDelay('999999999', 1, still)).toBe(86_400_000);
  });
});

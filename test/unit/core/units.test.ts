import { describe, expect, it } from 'vitest';
import {
  formatAgo,
  formatBytes,
  formatDuration,
  formatTime,
  plural,
} from '../../../lib/core/units.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [123_456, '123 kB'],
    [1_250_000, '1.3 MB'],
    [5_000_000_000_000_000, '5000 TB'],
  ])('shows %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    [-5, '0s'],
    [400, '0s'],
    [59_499, '59s'],
    [60_000, '1m'],
    [95_000, '1m 35s'],
    [3_599_000, '59m'],
    [3_600_000, '1h'],
    [7_500_000, '2h 5m'],
    [97_200_000, '1d 3h'],
  ])('shows %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatAgo', () => {
  const now = new Date(2026, 10, 22, 15, 0, 0).getTime();

  it.each([
    [0, 'now'],
    [42_900, '42s ago'],
    [3 * 60_000, '3m ago'],
    [47 * 3_600_000, '47h ago'],
    [48 * 3_600_000, '2d ago'],
    [98 * 86_400_000, '98d ago'],
    [99 * 86_400_000, '2026-08-15'],
    [-90_000, 'in 1m'],
    [-20 * 86_400_000, 'in 20d'],
  ])('shows what was %d ms ago as %s', (ms, text) => {
    expect(formatAgo(now - ms, now)).toBe(text);
  });
});

describe('formatTime', () => {
  const now = new Date(2026, 10, 22, 15, 0, 0).getTime();

  it('shows the time alone on the same day', () => {
    expect(formatTime(new Date(2026, 10, 22, 4, 5, 6).getTime(), now)).toBe('04:05:06');
  });

  it('shows the date on another day', () => {
    expect(formatTime(new Date(2026, 10, 21, 23, 59, 6).getTime(), now)).toBe('2026-11-21 23:59');
  });
});

describe('plural', () => {
  it('has a form of its own for one', () => {
    expect([
      plural(1, 'entry', 'entries'),
      plural(1_200, 'entry', 'entries'),
      plural(0, 'hook'),
    ]).toEqual(['1 entry', '1,200 entries', '0 hooks']);
  });
});

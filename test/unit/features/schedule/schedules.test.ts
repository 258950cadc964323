import { describe, expect, it } from 'vitest';
import { parseSchedules } from '../../../../lib/features/schedule/schedules.ts';

const shown = (entries: readonly string[]) =>
  parseSchedules(entries).map(({ name, timing, type, origin }) => [
    name,
    timing.text,
    type,
    origin,
  ]);

describe('schedulesOf', () => {
  it('begins with those of waymark', () => {
    expect(shown([])).toEqual([
      ['cleanup', '30 3 * * 0', 'system.cleanup_needed', 'built in'],
      ['learning', '0 3 * * *', 'learning.cycle_requested', 'built in'],
      ['observability', 'every 1h', 'system.observability_check', 'built in'],
      ['weekly-report', '0 8 * * 1', 'system.report_requested', 'built in'],
    ]);
  });

  it('leaves slots out only of the one of ours that looks at what sessions do', () => {
    const quiet = (entries: readonly string[]) =>
      parseSchedules(entries).filter(({ onlyWhileActive }) => onlyWhileActive);
    expect(quiet([]).map(({ name }) => name)).toEqual(['observability']);
    expect(quiet(['observability every 2h system.observability_check'])).toEqual([]);
  });

  it('lets the user add, replace and end', () => {
    expect(
      shown([
        'learning every 12h learning.cycle_requested',
        'cleanup off',
        'a every 1m x.y',
        'a every 2m x.z',
      ]),
    ).toEqual([
      ['a', 'every 2m', 'x.z', 'config'],
      ['learning', 'every 12h', 'learning.cycle_requested', 'config'],
      ['observability', 'every 1h', 'system.observability_check', 'built in'],
      ['weekly-report', '0 8 * * 1', 'system.report_requested', 'built in'],
    ]);
  });
});

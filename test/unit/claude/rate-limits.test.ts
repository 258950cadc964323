import { describe, expect, it } from 'vitest';
import { parseRateLimits } from '../../../lib/claude/rate-limits.ts';

const AT = 1_795_350_000;
const read = (limits: unknown) => parseRateLimits({ rate_limits: limits });

describe('rateLimits', () => {
  it('knows both windows, whole percents, and times in milliseconds', () => {
    expect(
      read({
        five_hour: { used_percentage: 42.4, resets_at: AT },
        seven_day: { used_percentage: 107, resets_at: AT * 1_000 },
        other: { used_percentage: 1, resets_at: AT },
      }),
    ).toEqual([
      { name: 'five_hour', used: 42, resetsAt: AT * 1_000 },
      { name: 'seven_day', used: 107, resetsAt: AT * 1_000 },
    ]);
  });

  it('takes what is absent, half or absurd for not known', () => {
    const broken = [
      undefined,
      null,
      [],
      'x',
      {},
      { five_hour: { used_percentage: 42 } },
      { five_hour: { resets_at: AT } },
      { five_hour: { used_percentage: -1, resets_at: AT } },
      { five_hour: { used_percentage: 1e9, resets_at: AT } },
      { five_hour: { used_percentage: '42', resets_at: AT } },
      { five_hour: { used_percentage: 42, resets_at: 1e300 } },
      { five_hour: { used_percentage: 42, resets_at: -5 } },
    ];
    for (const limits of broken) expect(read(limits), JSON.stringify(limits)).toEqual([]);
    expect(parseRateLimits({})).toEqual([]);
  });
});

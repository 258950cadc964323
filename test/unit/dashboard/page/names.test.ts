import { describe, expect, it } from 'vitest';
import { costText } from '../../../../lib/dashboard/page/names.ts';

const cost = (dollars: number | null, unpriced = 0) => ({
  ...{ answers: 3, input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
  ...{ webSearches: 0, dollars, unpriced },
});

describe('costText', () => {
  it('writes thousands apart, as the figures above the tables do', () => {
    expect(costText(cost(1_093_696.224))).toBe('$1,093,696.22');
  });

  it('shows little as less than a cent, and what lacks a part as at least', () => {
    expect(costText(cost(0.000_01))).toBe('< $0.01');
    expect(costText(cost(24_304.28, 1))).toBe('≥ $24,304.28');
    expect(costText(cost(0.000_01, 1))).toBe('≥ $0.00');
  });

  it('has no figure without an answer or a price', () => {
    expect(costText(null)).toBe('–');
    expect(costText({ ...cost(0), answers: 0 })).toBe('–');
    expect(costText(cost(null, 3))).toBe('no price');
  });
});

import { describe, expect, it } from 'vitest';
import {
  chooseCareThreshold,
  findNewCrossings,
  parseThresholds,
} from '../../../../lib/features/context/thresholds.ts';

describe('parseThresholds', () => {
  it('sorts, takes each once, and leaves out what is no percentage', () => {
    expect(parseThresholds(['95', '70', '70', '0', '101', 'x', '85.5'])).toEqual([70, 85.5, 95]);
  });
});

describe('newCrossings', () => {
  const facts = { thresholds: [70, 85, 95], percentAtStart: null, crossed: [] };

  it.each([
    [69.9, null, [], []],
    [70, null, [], [70]],
    [96, null, [], [70, 85, 95]],
    [96, null, [70], [85, 95]],
    [90, 72, [], [85]],
    [null, null, [], []],
  ])('at %s %%, from %s %% on, with %j known: %j', (percent, percentAtStart, crossed, expected) => {
    expect(findNewCrossings({ ...facts, percent, percentAtStart, crossed })).toEqual(expected);
  });
});

describe('careThreshold', () => {
  it('is the second, or the only one', () => {
    expect([
      chooseCareThreshold([70, 85, 95]),
      chooseCareThreshold([80]),
      chooseCareThreshold([]),
    ]).toEqual([85, 80, 100]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoTime } from '../../../lib/core/clock.ts';

describe('isoTime', () => {
  it('equals what Date returns', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: -8.64e15, max: 8.64e15 }),
          fc.integer({ min: 0, max: 4e12 }),
          fc.double({ min: 0, max: 4e12, noNaN: true }),
        ),
        (ms) => {
          expect(isoTime(ms)).toBe(new Date(ms).toISOString());
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('throws for an invalid time', () => {
    expect(() => isoTime(Number.NaN)).toThrow(RangeError);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutRanges, readRanges, type SecretRange } from '../../../lib/secrets/secret-range.ts';

const range = (start: number, end: number): SecretRange => [start, end, 'x'];

describe('cutRanges', () => {
  it.each<[string, SecretRange[], string]>([
    ['no range', [], 'abcdefgh'],
    ['one', [range(2, 4)], 'ab[redacted]efgh'],
    ['two in any order', [range(6, 8), range(0, 1)], '[redacted]bcdef[redacted]'],
    ['one inside another', [range(1, 7), range(2, 4)], 'a[redacted]h'],
    ['an overlap', [range(1, 4), range(3, 6)], 'a[redacted]gh'],
    ['the same one twice', [range(1, 4), range(1, 4)], 'a[redacted]efgh'],
    ['all of it', [range(0, 8)], '[redacted]'],
  ])('cuts %s', (_name, ranges, clean) => {
    expect(cutRanges('abcdefgh', ranges)).toBe(clean);
  });

  it('keeps exactly the units outside all ranges', () => {
    const ranges = fc.array(
      fc.tuple(fc.nat(30), fc.nat(10)).map(([start, length]) => range(start, start + length + 1)),
    );
    fc.assert(
      fc.property(ranges, (found) => {
        const text = 'abcdefghijklmnopqrstuvwxyz012345';
        const kept = [...text]
          .filter((_unit, index) => !found.some(([start, end]) => index >= start && index < end))
          .join('');
        expect(cutRanges(text, found).replaceAll('[redacted]', '')).toBe(kept);
      }),
    );
  });
});

describe('readRanges', () => {
  it('takes a list of ranges', () => {
    expect(readRanges([[0, 3, 'github']])).toEqual([[0, 3, 'github']]);
  });

  it.each([
    [undefined],
    ['x'],
    [{}],
    [[[0, 'x', 'github']]],
    [[[3, 1, 'github']]],
    [[[0, 1]]],
    [[null]],
  ])('refuses %j', (value) => {
    expect(readRanges(value)).toBeUndefined();
  });
});

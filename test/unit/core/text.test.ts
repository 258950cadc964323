import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headOf } from '../../../lib/core/text.ts';

describe('headOf', () => {
  it('marks a cut and never splits a character', () => {
    expect([headOf('abc', 3), headOf('abcd', 3), headOf('a😀bc', 3), headOf('', 3)]).toEqual([
      'abc',
      'ab…',
      'a…',
      '',
    ]);
  });

  it('is never longer than its limit, and well-formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 30 }), (text, limit) => {
        expect(headOf(text, limit).length).toBeLessThanOrEqual(limit);
        expect(Buffer.from(headOf(text, limit)).toString()).toBe(headOf(text, limit));
      }),
    );
  });
});

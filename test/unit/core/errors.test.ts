import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERRORS, errnoOf, reasonOf, WaymarkError } from '../../../lib/core/errors.ts';

describe('ERRORS', () => {
  it.each(Object.entries(ERRORS))(
    '%s says what to do, in a sentence of one line',
    (code, { fault, remedy }) => {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(['transient', 'permanent', 'usage']).toContain(fault);
      expect(remedy).toMatch(/^[A-Z][^\n]{5,}\.$/);
    },
  );
});

describe('WaymarkError', () => {
  it('has the remedy of its code or one of its own, and the cause', () => {
    const cause = new Error('below');
    expect(new WaymarkError('NOT_FOUND', 'Cannot find x: gone')).toMatchObject({
      code: 'NOT_FOUND',
      message: 'Cannot find x: gone',
      remedy: ERRORS.NOT_FOUND.remedy,
    });
    expect(new WaymarkError('NOT_FOUND', 'x', { cause, remedy: 'Look.' })).toMatchObject({
      remedy: 'Look.',
      cause,
    });
    expect(new WaymarkError('NOT_FOUND', 'x')).not.toHaveProperty('cause');
  });
});

describe('reasonOf', () => {
  it.each([
    [new Error('a\n  b\tc '), 'a b c'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [12, '12'],
  ])('of %s is %j', (thrown, reason) => {
    expect(reasonOf(thrown)).toBe(reason);
  });

  it('is always one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (message) => {
        expect(reasonOf(new Error(message))).not.toMatch(/[\n\r]/);
      }),
    );
  });
});

describe('errnoOf', () => {
  it('names the errno of a failed system call', () => {
    let thrown: unknown;
    try {
      readFileSync('/nonexistent/file');
    } catch (error) {
      thrown = error;
    }
    expect(errnoOf(thrown)).toBe('ENOENT');
  });

  it.each([null, undefined, 'ENOENT', 5, new Error('x'), { code: 5 }])(
    'is empty for %s',
    (thrown) => {
      expect(errnoOf(thrown)).toBe('');
    },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAnyTerms, findTerms, parseQuery } from '../../../lib/search/parse-query.ts';
import { createTermTests } from '../../../lib/search/test-terms.ts';

const SIGNS = ['a', 'B', 'ab', '0', '_', '.', ' ', '\n', '"', '*', 'é', 'ß', '端', '[', '$'];
const TEXT = fc.array(fc.constantFrom(...SIGNS), { maxLength: 12 }).map((signs) => signs.join(''));

describe('whether a text has terms', () => {
  it('is what looking for their places finds, for every text and every question', () => {
    fc.assert(
      fc.property(TEXT, TEXT, (text, words) => {
        const { terms } = parseQuery(words);
        const tests = createTermTests(terms);
        expect(tests.hasAny(text)).toBe(findAnyTerms(text, terms).length > 0);
        expect(tests.hasAll(text)).toBe(findTerms(text, terms) !== undefined);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['foo.bar', 'a Foo_BAR b', true],
    ['foo.bar', 'foobar foo', false],
    ['foo.bar', 'foo.barn', false],
    ['foo.ba*', 'foo.barn', true],
  ])('of %j in %j: %s', (words, text, has) => {
    expect(createTermTests(parseQuery(words).terms).hasAll(text)).toBe(has);
  });
});

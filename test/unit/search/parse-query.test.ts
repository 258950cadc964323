import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createTermTests,
  findAnyTerms,
  findTerms,
  buildNearQuery,
  parseQuery,
  buildPhraseQuery,
  buildWordQuery,
} from '../../../lib/search/parse-query.ts';

const terms = (text: string) => parseQuery(text).terms;

describe('an ask', () => {
  it('is words, phrases and beginnings', () => {
    expect(terms('rounding "half a cent" inv*')).toEqual([
      { words: ['rounding'], isPrefix: false },
      { words: ['half', 'a', 'cent'], isPrefix: false },
      { words: ['inv'], isPrefix: true },
    ]);
  });

  it('takes code as a phrase of its words', () => {
    expect(terms('src/a-b.ts foo.barBaz snake_case').map(({ words }) => words)).toEqual([
      ['src', 'a', 'b', 'ts'],
      ['foo', 'barbaz'],
      ['snake', 'case'],
    ]);
  });

  it.each(['', '"', '*', '""*', '()', '-', '\0', '^:{}', '\ud800'])('of %j has no word', (text) => {
    expect(terms(text)).toEqual([]);
  });

  it('takes operators as plain words, and an open phrase to its end', () => {
    expect(buildPhraseQuery(terms('a AND NOT "b NEAR(c'))).toBe(
      '"a" AND "and" AND "not" AND "b near c"',
    );
  });

  it('is cut where it has too many words', () => {
    const { terms: taken, isCut } = parseQuery(
      'word '.repeat(2) + Array.from({ length: 5000 }, (_, n) => `w${n}`).join(' '),
    );
    expect(isCut).toBe(true);
    expect(taken.length).toBeLessThan(30);
    expect(parseQuery(`"${'w '.repeat(5000)}"`).terms[0]?.words.length).toBeLessThan(30);
  });

  it('asks the index without places for each word', () => {
    expect(buildWordQuery(terms('"half a" cen*'))).toBe('"half" AND "a" AND "cen" *');
    expect(buildNearQuery(terms('a b*'))).toBe('NEAR("a" "b" *, 8)');
    expect(buildNearQuery(terms('a'))).toBeUndefined();
  });

  it('is found in a text where all its terms are', () => {
    expect(findTerms('The rounding of half a cent', terms('"half a" round*'))).toEqual([
      { start: 4, end: 12 },
      { start: 16, end: 22 },
    ]);
    expect(findTerms('half of a cent', terms('"half a"'))).toBeUndefined();
    expect(findTerms('合計の端数処理を直す', terms('端数処理'))).toEqual([{ start: 3, end: 7 }]);
  });
});

const SIGNS = ['a', 'B', 'ab', '0', '_', '.', ' ', '\n', '"', '*', 'é', 'ß', '端', '[', '$'];
const TEXT = fc.array(fc.constantFrom(...SIGNS), { maxLength: 12 }).map((signs) => signs.join(''));

describe('whether a text has terms', () => {
  it('is what looking for their places finds, for every text and every question', () => {
    fc.assert(
      fc.property(TEXT, TEXT, (text, words) => {
        const wanted = terms(words);
        const tests = createTermTests(wanted);
        expect(tests.hasAny(text)).toBe(findAnyTerms(text, wanted).length > 0);
        expect(tests.hasAll(text)).toBe(findTerms(text, wanted) !== undefined);
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
    expect(createTermTests(terms(words)).hasAll(text)).toBe(has);
  });
});

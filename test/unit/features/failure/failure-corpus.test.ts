import { describe, expect, it } from 'vitest';
import { isQuotable } from '../../../../lib/core/quote.ts';
import type { KnownPattern } from '../../../../lib/features/failure/known-pattern.ts';
import { FIX_LIMIT, formatFailureWarning } from '../../../../lib/features/failure/warning.ts';
import { judgeCase, readCorpus } from '../../../support/failure-corpus.ts';
import { readSamples } from '../../../support/failure-samples.ts';
import { rates } from '../../../support/rates.ts';

const judged = readCorpus().map((one) => ({ case: one, found: judgeCase(one) }));

describe('the corpus of failures', () => {
  it('is large, has both sides, and no case twice', () => {
    expect(judged.length).toBeGreaterThanOrEqual(250);
    expect(judged.filter(({ case: { warn } }) => warn).length).toBeGreaterThan(100);
    expect(judged.filter(({ case: { warn } }) => !warn).length).toBeGreaterThan(100);
    expect(new Set(judged.map(({ case: { name } }) => name)).size).toBe(judged.length);
  });

  it('causes no unwanted warning, and misses few wanted ones', () => {
    const { precision, recall } = rates(
      judged.map(({ case: { warn }, found }) => ({ wanted: warn, given: found !== undefined })),
    );
    expect(precision).toBe(1);
    expect(recall).toBeGreaterThanOrEqual(0.98);
  });

  it('quotes the right fix in the warning, or names where it is if a quotation would alter it', () => {
    const wrong = judged.filter(
      ({ case: { fix }, found }) =>
        fix !== undefined && found !== undefined && !namesFix(found.pattern, fix),
    );
    expect(wrong.map(({ case: { name } }) => name)).toEqual([]);
  });
});

const HELD_OUT = readSamples('test/fixtures/failure-samples-held-out.jsonl');

const SECOND = readSamples('test/fixtures/failure-samples-second.jsonl');

describe.each([
  ['first half', readCorpus('test/fixtures/failure-cases-tuning.jsonl'), 0.99, 0.99, 60],
  ['second half', readCorpus('test/fixtures/failure-cases-held-out.jsonl'), 0.99, 0.99, 60],
  ['180 programs', readSamples('test/fixtures/failure-samples-tuning.jsonl'), 0.99, 0.98, 460],
  [
    'a corpus that was written without sight of the rules, odd lines',
    HELD_OUT.filter((_, index) => index % 2 === 0),
    0.99,
    0.92,
    80,
  ],
  [
    'the same corpus, even lines: looked at last',
    HELD_OUT.filter((_, index) => index % 2 === 1),
    0.99,
    0.85,
    80,
  ],
  ['a second such corpus, odd lines', SECOND.filter((_, index) => index % 2 === 0), 0.99, 0.99, 30],
  [
    'the second corpus, even lines: never looked at',
    SECOND.filter((_, index) => index % 2 === 1),
    0.99,
    0.85,
    30,
  ],
  [
    'a third corpus that was written without sight of the rules',
    readSamples('test/fixtures/failure-samples-third.jsonl'),
    0.99,
    0.95,
    120,
  ],
  [
    'a fourth, of more programs and of the same call in other clothes',
    readSamples('test/fixtures/failure-samples-fourth.jsonl'),
    0.99,
    0.95,
    130,
  ],
  [
    'a fifth, of environments, systems and folders',
    readSamples('test/fixtures/failure-samples-fifth.jsonl'),
    0.99,
    0.92,
    67,
  ],
  [
    'a sixth, of every kind, as many that want no warning',
    readSamples('test/fixtures/failure-samples-sixth.jsonl').filter(
      ({ coming }) => coming.command !== 'time -v ./run', // `time` names no program
    ),
    0.99,
    0.94,
    181,
  ],
  [
    'a seventh, of languages, devices, queries and media',
    readSamples('test/fixtures/failure-samples-seventh.jsonl'),
    0.99,
    0.93,
    42,
  ],
] as const)(
  'the histories of many ecosystems, %s',
  (_, cases, precisionFloor, recallFloor, least) => {
    const found = cases.map((one) => ({ case: one, found: judgeCase(one) }));

    it('cause a warning where one is wanted, and hardly any where none is', () => {
      expect(cases.length).toBeGreaterThanOrEqual(least);
      const { precision, recall } = rates(
        found.map(({ case: { warn }, found: given }) => ({
          wanted: warn,
          given: given !== undefined,
        })),
      );
      expect(precision).toBeGreaterThanOrEqual(precisionFloor);
      expect(recall).toBeGreaterThanOrEqual(recallFloor);
    });

    it('name the fix that was wanted', () => {
      const wrong = found.filter(
        ({ case: { fix }, found: given }) =>
          fix !== undefined && given !== undefined && !namesFix(given.pattern, fix),
      );
      expect(wrong.map(({ case: { name } }) => name)).toEqual([]);
    });
  },
);

function namesFix(pattern: KnownPattern, fix: string): boolean {
  const text = formatFailureWarning(pattern, {
    now: Date.UTC(2026, 10, 22),
    command: () => 'waymark',
  });
  const known = pattern.fix?.text ?? '';
  return isQuotable(known, FIX_LIMIT)
    ? text.includes(fix.slice(0, 100))
    : known.includes(fix.slice(0, 100)) && text.includes(`waymark failures show ${pattern.id}`);
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitAnswer } from '../../../lib/mcp/fit-answer.ts';
import { HIDDEN, HOSTILE } from '../../support/hostile-home.ts';

const many = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, n) => ({ n, text: 'x'.repeat(1_000) }));

describe('fitAnswer', () => {
  it('says all of a short answer, but for what is null', () => {
    const answer = { a: 'b', none: null, list: [1, { c: true, missing: undefined }] };
    expect(JSON.parse(fitAnswer(answer))).toEqual({ a: 'b', list: [1, { c: true }] });
  });

  it('keeps the beginning of a long list, and says how many are missing', () => {
    const fitted: { calls: readonly { n: number; text: string }[]; callsLeftOut: number } =
      JSON.parse(fitAnswer({ calls: many(500) }));
    expect(fitted.calls.map(({ n }) => n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(fitted.calls[0]?.text).toBe(`${'x'.repeat(299)}…`);
    expect(fitted.callsLeftOut).toBe(450);
  });

  it('is never longer than it may be', () => {
    const leaf = fc.oneof(fc.string({ maxLength: 5_000 }), fc.integer(), fc.constant(null));
    const list = fc.array(fc.record({ a: leaf, b: leaf, c: leaf }), { maxLength: 60 });
    const answers = fc.record({ title: leaf, calls: list, prompts: list, failures: list });
    fc.assert(fc.property(answers, (answer) => fitAnswer(answer).length <= 16_000));
    expect(fitAnswer({ calls: many(100_000) }).length).toBeLessThanOrEqual(16_000);
  });

  it('has recorded texts on one line, without what cannot be seen', () => {
    const fitted = fitAnswer({ text: `one\ntwo${HOSTILE}`, list: [HOSTILE] });
    expect(fitted).not.toMatch(HIDDEN);
    expect(fitted).not.toMatch(/\\u|\\n/);
    expect(fitted).toContain('one two');
  });
});

import { describe, expect, it } from 'vitest';
import { formatCostNotes } from '../../../../lib/cli/text/cost-text.ts';
import { createEmptyCostReport, type Unpriced } from '../../../../lib/query/cost.ts';

function notesOf(...unpriced: readonly Unpriced[]): readonly string[] {
  return formatCostNotes({ ...createEmptyCostReport('day'), unpriced });
}

const PLAIN: Unpriced = { model: 'gpt-x', isFast: false, tier: null, answers: 1, tokens: 500 };
const FAST: Unpriced = {
  ...{ model: 'claude-haiku-4-5', isFast: true, tier: 'priority', answers: 2, tokens: 47_424 },
};

describe('the notes below costs', () => {
  it('say nothing where everything has a price', () => {
    expect(notesOf()).toEqual([]);
  });

  it('name one kind of answer without a price in a sentence', () => {
    expect(notesOf(PLAIN)[0]).toBe(
      'Not in the sum: 1 answer of gpt-x with 500 tokens: the price is unknown.',
    );
  });

  it('list several, with what they have in common said once', () => {
    expect(notesOf(PLAIN, FAST)).toEqual([
      'Not in the sum: 3 answers whose price is unknown:',
      '  1 answer of gpt-x with 500 tokens',
      '  2 answers of claude-haiku-4-5 (fast mode, tier priority) with 47,424 tokens',
      'Set a price: `waymark config set modelPrices`, see `waymark docs cost`',
    ]);
  });
});

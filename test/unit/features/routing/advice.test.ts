import { describe, expect, it } from 'vitest';
import {
  chooseAdvice,
  type RatedRun,
  computeRoutingFigures,
} from '../../../../lib/features/routing/advice.ts';

const NOW = 1_790_000_000_000;
const DAY = 86_400_000;

function runs(
  count: number,
  own: Partial<RatedRun> & { readonly failed?: number },
): readonly RatedRun[] {
  const { failed = 0, ...rest } = own;
  return Array.from({ length: count }, (_, index) => ({
    ...{
      kind: 'test',
      agentType: 'general-purpose',
      model: 'claude-sonnet-4-5',
      at: NOW - DAY,
      tokens: 1_000,
      durationMs: 100,
    },
    ...rest,
    isOk: index >= failed,
  }));
}

const advised = (...all: readonly (readonly RatedRun[])[]) =>
  chooseAdvice('test', computeRoutingFigures(all.flat(), NOW));

describe('routingFigures', () => {
  it('sums up by kind of task, agent and model', () => {
    const [first, second] = computeRoutingFigures(
      [
        ...runs(4, { failed: 1 }),
        ...runs(1, { tokens: null, durationMs: 600 }),
        ...runs(2, { agentType: 'Explore' }),
      ],
      NOW,
    );
    expect(first).toEqual({
      ...{
        kind: 'test',
        agentType: 'general-purpose',
        model: 'claude-sonnet-4-5',
        runs: 5,
        ok: 4,
        failed: 1,
        successRate: 0.8,
      },
      ...{ tokens: 1_000, durationMs: 200, confidence: 0.49, lastAt: NOW - DAY },
    });
    expect(second).toMatchObject({ agentType: 'Explore', runs: 2 });
  });

  it('is surer of more runs, and less sure of old ones', () => {
    const sure = (count: number, at: number) =>
      computeRoutingFigures(runs(count, { at }), NOW)[0]?.confidence ?? 0;
    expect(sure(20, NOW)).toBeGreaterThan(sure(5, NOW));
    expect(sure(20, NOW - 60 * DAY)).toBeLessThan(sure(20, NOW));
    expect(sure(1_000, NOW + DAY)).toBeLessThanOrEqual(1);
  });

  it('sums up more runs than a function takes arguments', () => {
    const [line] = computeRoutingFigures(runs(200_000, { at: NOW - DAY }), NOW);
    expect(line).toMatchObject({ runs: 200_000, lastAt: NOW - DAY });
  });
});

describe('adviceFor', () => {
  const cheap = { agentType: 'Explore', tokens: 400 };

  it('is the cheapest of those that do about as well as the best', () => {
    expect(advised(runs(20, {}), runs(20, { ...cheap, failed: 1 }))).toMatchObject({
      agentType: 'Explore',
    });
    expect(advised(runs(20, {}), runs(20, { ...cheap, failed: 2 }))).toMatchObject({
      agentType: 'general-purpose',
    });
  });

  it('counts what a token of a model costs', () => {
    expect(
      advised(
        runs(5, { model: 'claude-opus-4-8', tokens: 900 }),
        runs(5, { model: 'claude-haiku-4-5', tokens: 2_000 }),
      ),
    ).toMatchObject({
      model: 'claude-haiku-4-5',
    });
  });

  it('takes the faster of two that cost the same', () => {
    expect(advised(runs(5, {}), runs(5, { agentType: 'z-fast', durationMs: 50 }))).toMatchObject({
      agentType: 'z-fast',
    });
  });

  it('is none where there is nothing to compare', () => {
    expect(advised(runs(50, {}))).toBeUndefined();
    expect(advised(runs(50, {}), runs(4, cheap))).toBeUndefined();
    expect(
      chooseAdvice('docs', computeRoutingFigures([...runs(9, {}), ...runs(9, cheap)], NOW)),
    ).toBeUndefined();
    expect(advised(runs(9, { tokens: null }), runs(9, { ...cheap, tokens: null }))).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { parseOwnPrices, listPriceChanges, findPrices } from '../../../lib/claude/prices.ts';

const AT = Date.parse('2026-11-22T10:00:00Z');
const answer = { at: AT, isFast: false, prompt: 1_000 };
const inputOf = (model: string, more: object = {}, own: readonly string[] = []) =>
  findPrices({ ...answer, model, ...more }, parseOwnPrices(own))?.input;

describe('pricesOf', () => {
  it('knows a model however a provider writes it', () => {
    const names = [
      'claude-sonnet-4-5-20250929',
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'claude-sonnet-4-5@20250929',
      'openrouter/anthropic/claude-sonnet-4.5',
      'claude-sonnet-4-5[1m]',
    ];
    expect(names.map((name) => inputOf(name))).toEqual([3, 3, 3, 3, 3]);
  });

  it('has none for a version, a family, an alias or a model that is not in the table', () => {
    const unknown = ['claude-opus-4-9', 'claude-opus-9', 'claude-saga-1', 'sonnet', 'gpt-5', ''];
    expect(unknown.map((name) => inputOf(name))).toEqual(unknown.map(() => undefined));
  });

  it('has prices of fast mode for models that are sold so, and none for others', () => {
    expect(inputOf('claude-opus-4-6', { isFast: true })).toBe(30);
    expect(inputOf('claude-opus-5', { isFast: true })).toBe(10);
    expect(inputOf('claude-haiku-4-5', { isFast: true })).toBeUndefined();
  });

  it('takes prices for long prompts above their limit alone', () => {
    const prompts = [100_000, 100_001].map((prompt) => inputOf('claude-haiku-5-5', { prompt }));
    expect(prompts).toEqual([0.1, 0.5]);
    expect(inputOf('claude-opus-4-8', { prompt: 900_000 })).toBe(5);
  });

  it('writes to the cache for a quarter more than input, and twice it for an hour', () => {
    for (const name of ['opus-5-5', 'sonnet-5', 'haiku-4-5', 'fable-5-2', 'opus-4-1']) {
      const prices = findPrices({ ...answer, model: `claude-${name}` }, []);
      const input = prices?.input ?? 0;
      expect(prices?.cacheWrite5m).toBeCloseTo(input * 1.25, 9);
      expect(prices?.cacheWrite1h).toBeCloseTo(input * 2, 9);
    }
  });

  it('prefers what the user has set: the longest name, from the latest day that has begun', () => {
    const own = [
      'claude-opus=1/1/1/1/1',
      'claude-opus-4-8=2/2/2/2/2',
      'claude-opus-4-8=3/3/3/3/3@2026-11-01',
      'claude-opus-4-8=4/4/4/4/4@2026-12-01',
      'claude-opus-4-8+fast=5/5/5/5/5',
    ];
    expect(inputOf('claude-opus-4-8', {}, own)).toBe(3);
    expect(inputOf('claude-opus-4-8', { at: Date.parse('2026-10-01') }, own)).toBe(2);
    expect(inputOf('claude-opus-4-8', { isFast: true }, own)).toBe(5);
    expect(inputOf('claude-opus-9', {}, own)).toBe(1);
    expect(inputOf('claude-sonnet-4-5', {}, own)).toBe(3);
    expect(listPriceChanges(parseOwnPrices(own)).map((at) => new Date(at).toISOString())).toEqual([
      '2026-11-01T00:00:00.000Z',
      '2026-12-01T00:00:00.000Z',
    ]);
  });

  it('leaves out entries that are none', () => {
    const bad = ['x', 'x=1/2', 'x=1/2/3/4/-5', 'x=1/2/3/4/5@2026-13-40', '=1/2/3/4/5'];
    expect(parseOwnPrices(bad)).toEqual([]);
  });
});

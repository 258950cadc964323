import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from '../../../lib/core/nearest.ts';

describe('nearest', () => {
  it.each([
    ['stpo', 'stop'],
    ['RESTART', 'restart'],
    ['restrat', 'restart'],
  ])('finds what %s means', (word, meant) => {
    expect(nearest(word, ['stop', 'restart', 'log'])).toBe(meant);
  });

  it('suggests nothing for a word that is far from all', () => {
    expect(nearest('frobnicate', ['stop', 'restart'])).toBeUndefined();
    expect(didYouMean('frobnicate', ['stop', 'restart'])).toBe('');
  });
});

import { describe, expect, it } from 'vitest';
import { didYouMean, findNearest } from '../../../lib/core/nearest-word.ts';

describe('nearest', () => {
  it.each([
    ['stpo', 'stop'],
    ['RESTART', 'restart'],
    ['restrat', 'restart'],
  ])('finds what %s means', (word, meant) => {
    expect(findNearest(word, ['stop', 'restart', 'log'])).toBe(meant);
  });

  it('suggests nothing for a word that is far from all', () => {
    expect(findNearest('frobnicate', ['stop', 'restart'])).toBeUndefined();
    expect(didYouMean('frobnicate', ['stop', 'restart'])).toBe('');
  });
});

import { describe, expect, it } from 'vitest';
import { LruCache } from '../../../lib/core/lru-cache.ts';

describe('LruCache', () => {
  it('returns a recent answer without computing it again', () => {
    const cache = new LruCache<number>(2);
    let found = 0;
    const ask = (question: string): number =>
      cache.get(question, () => {
        found += 1;
        return found;
      });
    expect([ask('a'), ask('a'), ask('b'), ask('a')]).toEqual([1, 1, 2, 1]);
  });

  it('evicts the least recently used answer', () => {
    const cache = new LruCache<string>(2);
    for (const question of ['a', 'b', 'a', 'c']) cache.get(question, () => `first ${question}`);
    expect(cache.get('a', () => 'again')).toBe('first a');
    expect(cache.get('b', () => 'again')).toBe('again');
  });
});

import { describe, expect, it } from 'vitest';
import { Lately } from '../../../lib/core/lately.ts';

describe('Lately', () => {
  it('answers a question of late without finding the answer again', () => {
    const lately = new Lately<number>(2);
    let found = 0;
    const ask = (question: string): number =>
      lately.answer(question, () => {
        found += 1;
        return found;
      });
    expect([ask('a'), ask('a'), ask('b'), ask('a')]).toEqual([1, 1, 2, 1]);
  });

  it('forgets the question that was not asked for longest', () => {
    const lately = new Lately<string>(2);
    for (const question of ['a', 'b', 'a', 'c']) lately.answer(question, () => `first ${question}`);
    expect(lately.answer('a', () => 'again')).toBe('first a');
    expect(lately.answer('b', () => 'again')).toBe('again');
  });
});

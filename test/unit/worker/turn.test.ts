import { describe, expect, it } from 'vitest';
import { allTurns } from '../../../lib/worker/turn.ts';

describe('several turns', () => {
  it('are done one after the other, and come again when the first of them wants it', async () => {
    const done: string[] = [];
    const turn = (name: string, wanted: number | undefined) => async () => {
      done.push(name);
      return wanted;
    };
    expect(
      await allTurns([
        turn('a', undefined),
        turn('b', 500),
        turn('c', 20),
        turn('d', undefined),
        turn('e', 500),
      ])(),
    ).toBe(20);
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('want nothing when none of them does', async () => {
    expect(await allTurns([async () => undefined])()).toBeUndefined();
    expect(await allTurns([])()).toBeUndefined();
  });
});

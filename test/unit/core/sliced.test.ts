import { describe, expect, it } from 'vitest';
import { eachSliced, inOneGo, inSlices, type Sliced } from '../../../lib/core/sliced.ts';

function* counting(slices: number, done: string[]): Sliced<number> {
  for (let slice = 1; slice <= slices; slice += 1) {
    done.push(`slice ${slice}`);
    yield;
  }
  return slices;
}

describe('sliced work', () => {
  it('gives its result when it is done in one go', () => {
    expect(inOneGo(counting(3, []))).toBe(3);
  });

  it('asks before each slice, and ends when it may not go on', async () => {
    const done: string[] = [];
    const asked: number[] = [];
    const result = await inSlices(counting(9, done), () => {
      asked.push(done.length);
      return Promise.resolve(asked.length <= 2);
    });
    expect(result).toBeUndefined();
    expect(done).toEqual(['slice 1', 'slice 2']);
    expect(asked).toEqual([0, 1, 2]);
  });

  it('gives its result when it is done in slices', async () => {
    expect(await inSlices(counting(3, []), () => Promise.resolve(true))).toBe(3);
  });

  it('does several one after the other, with a pause between them', () => {
    const work = eachSliced([counting(0, []), counting(0, [])]);
    expect([work.next().done, work.next().done, work.next()]).toEqual([
      false,
      false,
      { done: true, value: [0, 0] },
    ]);
  });
});

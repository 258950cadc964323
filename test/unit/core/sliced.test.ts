import { describe, expect, it } from 'vitest';
import { collectSliced, runAllSlices, runInSlices, type Sliced } from '../../../lib/core/sliced.ts';

function* counting(slices: number, done: string[]): Sliced<number> {
  for (let slice = 1; slice <= slices; slice += 1) {
    done.push(`slice ${slice}`);
    yield;
  }
  return slices;
}

describe('sliced work', () => {
  it('returns its result when all slices run at once', () => {
    expect(runAllSlices(counting(3, []))).toBe(3);
  });

  it('asks before each slice, and stops when it may not continue', async () => {
    const done: string[] = [];
    const asked: number[] = [];
    const result = await runInSlices(counting(9, done), () => {
      asked.push(done.length);
      return Promise.resolve(asked.length <= 2);
    });
    expect(result).toBeUndefined();
    expect(done).toEqual(['slice 1', 'slice 2']);
    expect(asked).toEqual([0, 1, 2]);
  });

  it('returns its result when it runs in slices', async () => {
    expect(await runInSlices(counting(3, []), () => Promise.resolve(true))).toBe(3);
  });

  it('runs several one after the other, with a pause in between', () => {
    const work = collectSliced([counting(0, []), counting(0, [])]);
    expect([work.next().done, work.next().done, work.next()]).toEqual([
      false,
      false,
      { done: true, value: [0, 0] },
    ]);
  });
});

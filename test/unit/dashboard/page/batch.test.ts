import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBatch } from '../../../../lib/dashboard/page/batch.ts';

describe('a batch', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function collect() {
    const handed: (readonly number[])[] = [];
    return { handed, batch: createBatch<number>(1_000, (items) => void handed.push(items)) };
  }

  it('hands over at once after a quiet time, then once a second, the latest first', () => {
    const { handed, batch } = collect();
    batch.add([1]);
    vi.advanceTimersByTime(0);
    expect(handed).toEqual([[1]]);
    batch.add([3, 2]);
    batch.add([4]);
    vi.advanceTimersByTime(999);
    expect(handed).toEqual([[1]]);
    vi.advanceTimersByTime(1);
    expect(handed).toEqual([[1], [4, 3, 2]]);
  });

  it('waits no longer than a second when the clock steps back', () => {
    const { handed, batch } = collect();
    batch.add([1]);
    vi.advanceTimersByTime(0);
    vi.setSystemTime(Date.now() - 3_600_000);
    batch.add([2]);
    vi.advanceTimersByTime(1_000);
    expect(handed).toEqual([[1], [2]]);
  });

  it('hands over nothing for nothing, and nothing after its end', () => {
    const { handed, batch } = collect();
    batch.add([]);
    batch.add([1]);
    batch.end();
    vi.advanceTimersByTime(5_000);
    expect(handed).toEqual([]);
  });
});

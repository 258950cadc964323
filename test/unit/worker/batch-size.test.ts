import { describe, expect, it } from 'vitest';
import { BatchSize } from '../../../lib/worker/process-batch.ts';

/** The size after batches that were full and took so many milliseconds each. */
function sizeAfter(took: readonly number[], most = 256): number {
  const size = new BatchSize(() => most);
  for (const ms of took) size.note(size.now, ms);
  return size.now;
}

describe('BatchSize', () => {
  it('starts small, and grows while batches are short, up to the setting', () => {
    expect(sizeAfter([])).toBe(64);
    expect(sizeAfter([20])).toBe(128);
    expect(sizeAfter([20, 20])).toBe(256);
    expect(sizeAfter([20, 20, 20])).toBe(256);
  });

  it('shrinks while batches take long, but not below the first size', () => {
    expect(sizeAfter([20, 20, 200])).toBe(128);
    expect(sizeAfter([20, 20, 200, 200, 200, 200])).toBe(64);
  });

  it('stays as it is in between', () => {
    expect(sizeAfter([20, 40, 40])).toBe(128);
  });

  it('is never more than a small setting', () => {
    expect(sizeAfter([], 8)).toBe(8);
    expect(sizeAfter([200, 200], 8)).toBe(8);
    expect(sizeAfter([20, 20], 8)).toBe(8);
  });

  it('learns nothing from a batch that was not full', () => {
    const size = new BatchSize(() => 256);
    size.note(3, 1);
    expect(size.now).toBe(64);
  });
});

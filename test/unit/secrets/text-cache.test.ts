import { describe, expect, it } from 'vitest';
import { makeTextCache } from '../../../lib/secrets/secret-free.ts';

describe('makeTextCache', () => {
  it('knows what was added', () => {
    const memory = makeTextCache();
    memory.add('/home/ada');
    expect([memory.has('/home/ada'), memory.has('/home/bob')]).toEqual([true, false]);
  });

  it('keeps texts that are asked for and drops others, so that it never grows', () => {
    const memory = makeTextCache(10);
    memory.add('often');
    memory.add('once');
    for (let n = 0; n < 100; n += 1) {
      memory.add(`n${n}`);
      memory.has('often');
    }
    expect([memory.has('often'), memory.has('once'), memory.has('n0')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('keeps no long text', () => {
    const memory = makeTextCache();
    memory.add('x'.repeat(1_000));
    expect(memory.has('x'.repeat(1_000))).toBe(false);
  });
});

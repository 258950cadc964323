import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../lib/core/sha256.ts';

describe('sha256', () => {
  it('is what Node says, for every length around the ends of blocks', () => {
    const texts = Array.from({ length: 200 }, (_none, length) =>
      'aé…z'.repeat(50).slice(0, length),
    );
    expect(texts.map(sha256)).toEqual(
      texts.map((text) => createHash('sha256').update(text).digest('hex')),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { shortenIds } from '../../../../lib/cli/text/short-ids.ts';

describe('shortIds', () => {
  it('keeps eight characters of ids that these tell apart', () => {
    const short = shortenIds(['d562d47b-4c1e', '1f2e3d4c-9999']);
    expect([...short.values()]).toEqual(['d562d47b', '1f2e3d4c']);
  });

  it('keeps more of all where two begin with the same eight', () => {
    const short = shortenIds(['0123456789ab', '0123456789cd', 'ffffffffffff']);
    expect([...short.values()]).toEqual(['0123456789a', '0123456789c', 'fffffffffff']);
  });

  it('keeps shorter ids whole, also twice the same', () => {
    expect([...shortenIds(['ab', 'ab', 'abc']).values()]).toEqual(['ab', 'abc']);
  });

  it('knows none of none', () => {
    expect(shortenIds([]).size).toBe(0);
  });
});

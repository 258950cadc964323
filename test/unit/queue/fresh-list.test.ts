import { describe, expect, it } from 'vitest';
import { FreshList } from '../../../lib/queue/fresh-list.ts';

const nameOf = (n: number): string =>
  `5_${String(1_700_000_000_000 + n)}_${'0'.repeat(16)}.a0.json`;
const listOf = (count: number): FreshList =>
  new FreshList(
    '/q/5',
    5,
    Array.from({ length: count }, (_, n) => nameOf(n)),
  );

function rest(list: FreshList): number[] {
  const seen: number[] = [];
  for (let next = list.take(); next !== undefined; next = list.take())
    seen.push(next.name.time - 1_700_000_000_000);
  return seen;
}

describe('FreshList', () => {
  it('returns every name once, oldest first', () => {
    expect(rest(listOf(1_000))).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  });

  it('knows when its next entry was created, and that there is none', () => {
    const list = listOf(1);
    expect([list.headTime, list.isEmpty]).toEqual([1_700_000_000_000, false]);
    list.take();
    expect([list.headTime, list.isEmpty]).toEqual([Number.POSITIVE_INFINITY, true]);
  });

  it('leaves the run to the worker that was first and continues elsewhere, without giving up other names', () => {
    const list = listOf(256 * 4);
    list.take();
    list.skipToOther(() => 0);
    const seen = rest(list);
    expect(seen[0], 'the farthest run').toBe(256 * 3);
    expect(seen.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 256 * 3 }, (_, n) => 256 + n),
    );
  });

  it('gives up nothing more when the entry was the last of its run', () => {
    const list = listOf(257);
    for (let n = 0; n < 256; n += 1) list.take();
    list.skipToOther(() => 0);
    expect(rest(list)).toEqual([256]);
  });

  it('trusts the folder if the name has another priority', () => {
    expect(new FreshList('/q/2', 2, [nameOf(1)]).take()).toMatchObject({
      name: { priority: 2 },
      path: `/q/2/${nameOf(1)}`,
    });
  });
});

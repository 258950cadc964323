import fc from 'fast-check';
import { expect } from 'vitest';

/** Checks that items leave the same behind in any order, together or one by one. */
export function expectSameInAnyOrder<Item>(
  anyItems: fc.Arbitrary<readonly Item[]>,
  after: (batches: readonly (readonly Item[])[]) => unknown,
  numRuns: number,
): void {
  const shuffled = anyItems.chain((items) =>
    fc.tuple(
      fc.constant(items),
      fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([items, other]) => {
      const expected = after([items]);
      expect(after([other])).toEqual(expected);
      expect(after(other.map((item) => [item]))).toEqual(expected);
    }),
    { numRuns },
  );
}

/** Long work in short slices: yields between slices, and returns its result. */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** Runs all slices at once, for callers that have nothing else to do. */
export function runAllSlices<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Runs slice after slice while `canContinue` returns true; asks before each slice.
 * @returns `undefined` if it was stopped.
 */
export async function runInSlices<T>(
  work: Sliced<T>,
  canContinue: () => Promise<boolean>,
): Promise<T | undefined> {
  while (await canContinue()) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
  return undefined;
}

/** Wraps a value that is already known. */
// biome-ignore lint/correctness/useYield: there is nothing to wait for
export function* resolvedSlice<T>(value: T): Sliced<T> {
  return value;
}

/** Runs several one after the other and collects their results. */
export function* collectSliced<T>(works: Iterable<Sliced<T>>): Sliced<readonly T[]> {
  const results: T[] = [];
  for (const work of works) {
    results.push(yield* work);
    yield;
  }
  return results;
}

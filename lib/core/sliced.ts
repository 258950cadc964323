/** Long work in short slices: it yields between two of them, and returns what it found. */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** Does all slices at once, for whoever has nothing else to do. */
export function inOneGo<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** Does one slice after the other as long as `goOn` says so, asked before each. @returns `undefined` when it did not. */
export async function inSlices<T>(
  work: Sliced<T>,
  goOn: () => Promise<boolean>,
): Promise<T | undefined> {
  while (await goOn()) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
  return undefined;
}

/** What is known already. */
// biome-ignore lint/correctness/useYield: there is nothing to wait for
export function* constant<T>(value: T): Sliced<T> {
  return value;
}

/** The results of several, one after the other. */
export function* eachSliced<T>(works: Iterable<Sliced<T>>): Sliced<readonly T[]> {
  const results: T[] = [];
  for (const work of works) {
    results.push(yield* work);
    yield;
  }
  return results;
}

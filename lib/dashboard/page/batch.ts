/** Collects items and hands them over together. */
export interface Batch<T> {
  /** Adds items, the latest first. */
  readonly add: (items: readonly T[]) => void;
  /** Hands over nothing more. */
  readonly end: () => void;
}

/**
 * Calls `handOver` with all that was added, the latest first: at once after a quiet time, else at
 * most once in `everyMs`.
 */
export function createBatch<T>(
  everyMs: number,
  handOver: (items: readonly T[]) => void,
  clock: () => number = Date.now,
): Batch<T> {
  let collected: readonly T[] = [];
  let handedOverAt = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = undefined;
    handedOverAt = clock();
    const items = collected;
    collected = [];
    handOver(items);
  };
  return {
    add: (items) => {
      if (items.length === 0) return;
      collected = [...items, ...collected];
      const wait = Math.min(everyMs, Math.max(0, handedOverAt + everyMs - clock()));
      timer ??= setTimeout(flush, wait);
    },
    end: () => clearTimeout(timer),
  };
}

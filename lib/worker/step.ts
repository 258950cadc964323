import { setImmediate as yieldToLoop } from 'node:timers/promises';

/**
 * Work that is done in small steps between batches.
 * @returns after how many milliseconds it wants the next: 0 = at once, `undefined` = when the
 * worker wakes anyway.
 */
export type Step = () => Promise<number | undefined>;

/**
 * Runs several steps one after the other, as one step. The next one is when the first of them wants
 * it.
 */
export function allSteps(steps: readonly Step[]): Step {
  return async () => {
    let next: number | undefined;
    for (const step of steps) {
      const wanted = await step();
      if (wanted !== undefined && (next === undefined || wanted < next)) next = wanted;
    }
    return next;
  };
}

/**
 * Called between two pieces of long work.
 * @returns whether to continue: not after the worker was asked to stop.
 */
export type CanContinue = () => Promise<boolean>;

/**
 * Longest time without checking signals and rings. Awaiting a resolved promise does not let them
 * run.
 */
const MAX_STEP_MS = 50;

export function makeCanContinue(clock: () => number, isStopping: () => boolean): CanContinue {
  let checkedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (Math.abs(clock() - checkedAt) >= MAX_STEP_MS) {
      await yieldToLoop();
      checkedAt = clock();
    }
    return !isStopping();
  };
}

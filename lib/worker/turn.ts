import { setImmediate as turn } from 'node:timers/promises';

/** Work that is done in small turns between batches. @returns after how many milliseconds it wants the next: 0 = at once, `undefined` = when the worker wakes anyway. */
export type Turn = () => Promise<number | undefined>;

/** Several as one, each after the other; the next turn is when the first of them wants it. */
export function allTurns(turns: readonly Turn[]): Turn {
  return async () => {
    let next: number | undefined;
    for (const turn of turns) {
      const wanted = await turn();
      if (wanted !== undefined && (next === undefined || wanted < next)) next = wanted;
    }
    return next;
  };
}

/** Asked between two pieces of long work. @returns whether to go on: not once the worker is asked to stop. */
export type MayGoOn = () => Promise<boolean>;

/** Longest time without a look at signals and rings: an awaited promise that is fulfilled already lets none of them in. */
const LONGEST_MS = 50;

export function mayGoOn(clock: () => number, isStopping: () => boolean): MayGoOn {
  let lookedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (Math.abs(clock() - lookedAt) >= LONGEST_MS) {
      await turn();
      lookedAt = clock();
    }
    return !isStopping();
  };
}

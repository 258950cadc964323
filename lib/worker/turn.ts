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

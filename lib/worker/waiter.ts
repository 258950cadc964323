/** A sleep that a ring ends at once. */
export interface Waiter {
  /** Ends the sleep, or keeps the next one from starting. */
  ring(): void;
  /** Forgets rings so far: call it before a scan, so that only a ring after it counts. */
  drain(): void;
  /** Resolves at the first ring, or after `ms`. @returns whether it was rung. */
  wait(ms: number): Promise<boolean>;
}

export function openWaiter(): Waiter {
  let rung = false;
  let end: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      end?.();
    },
    drain() {
      rung = false;
    },
    wait(ms) {
      if (rung) return Promise.resolve(true);
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          if (end === finish) end = undefined; // else the next sleep has begun already
          resolve(rung);
        };
        const timer = setTimeout(() => setImmediate(finish), ms); // bytes that are in the pipe already get their turn first
        end = finish;
      });
    },
  };
}

/** A sleep that a ring ends at once, and a pause that only something urgent ends. */
export interface Waiter {
  /** Ends the sleep, or keeps the next one from starting. */
  ring(): void;
  /** A ring that ends a pause, too. */
  hurry(): void;
  /** Forgets rings so far: call it before a scan, so that only a ring after it counts. */
  drain(): void;
  /** Resolves at the first ring, or after `ms`. @returns whether it was rung. */
  wait(ms: number): Promise<boolean>;
  /** Resolves after `ms`, sooner only if there is hurry. Forgets nothing. @returns whether there is hurry. */
  pause(ms: number): Promise<boolean>;
}

export function openWaiter(): Waiter {
  let rung = false;
  let hurried = false;
  let endSleep: (() => void) | undefined;
  let endPause: (() => void) | undefined;
  const ring = (): void => {
    rung = true;
    endSleep?.();
  };
  return {
    ring,
    hurry() {
      hurried = true;
      ring();
      endPause?.();
    },
    drain() {
      rung = false;
      hurried = false;
    },
    wait(ms) {
      if (rung) return Promise.resolve(true);
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          if (endSleep === finish) endSleep = undefined; // else the next sleep has begun already
          resolve(rung);
        };
        const timer = setTimeout(() => setImmediate(finish), ms); // bytes that are in the pipe already get their turn first
        endSleep = finish;
      });
    },
    pause(ms) {
      if (hurried) return Promise.resolve(true);
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          endPause = undefined;
          resolve(hurried);
        };
        const timer = setTimeout(finish, ms);
        endPause = finish;
      });
    },
  };
}

/** A sleep that a ring ends at once, and a pause that only an interrupt ends. */
export interface Waiter {
  /** Ends the sleep, or prevents the next one. */
  ring(): void;
  /** As a ring, but also ends a pause. */
  interrupt(): void;
  /** Discards earlier rings. Call it before a scan, so that only a ring after it counts. */
  drain(): void;
  /**
   * Resolves at the first ring, or after `ms`.
   * @returns whether it was rung.
   */
  wait(ms: number): Promise<boolean>;
  /**
   * Resolves after `ms`, or earlier at an interrupt. Discards nothing.
   * @returns whether it was interrupted.
   */
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
    interrupt() {
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
          if (endSleep === finish) endSleep = undefined; // Else the next sleep has begun already.
          resolve(rung);
        };
        // Bytes that are already in the pipe are handled first.
        const timer = setTimeout(() => setImmediate(finish), ms);
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

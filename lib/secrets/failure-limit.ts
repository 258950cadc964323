import type { After } from './after.ts';

/** Stops trying for a while what has failed several times in a row. */
export interface FailureLimit {
  isResting(): boolean;
  failed(): void;
  succeeded(): void;
  /** Cancels a running pause; `isResting` stays as it is. */
  close(): void;
}

/** A pause of `restMs` after `limit` failures in a row; then it may be tried again, once more `limit` times. */
export function failureLimit(limit: number, restMs: number, after: After): FailureLimit {
  let failures = 0;
  let isResting = false;
  let cancel: () => void = () => undefined;
  return {
    isResting: () => isResting,
    failed: () => {
      failures += 1;
      if (failures < limit || isResting) return;
      isResting = true;
      cancel = after(restMs, () => {
        isResting = false;
        failures = 0;
      });
    },
    succeeded: () => {
      failures = 0;
    },
    close: () => cancel(),
  };
}

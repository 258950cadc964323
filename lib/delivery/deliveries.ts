import type { Log } from '../core/log.ts';
import type { Database } from '../store/database.ts';
import type { StoreFault } from '../store/store-fault.ts';
import type { SubscriptionSource } from './subscription.ts';
import type { DeliveryUpdate } from './table.ts';

export interface DeliveryParts {
  readonly source: SubscriptionSource;
  /** The store, while this worker leads and the store serves. */
  readonly database: () => Database | undefined;
  readonly clock: () => number;
  readonly random: () => number;
  readonly log: Log;
  readonly me: () => string;
  /** How many may run at once, those of our own left out. */
  readonly most: () => number;
  /** Ends when nothing is due: its turn asks for another one while something runs. */
  readonly once: boolean;
  /** Wakes the worker. */
  readonly wake: () => void;
  /** The store failed in a way that a short wait does not fix. */
  readonly onFault: (fault: StoreFault) => void;
}

/**
 * What became of the deliveries of one worker since it began: attempts that were done, that failed
 * and come again, that were the last.
 */
export class DeliveryTally {
  delivered = 0;
  failed = 0;
  dead = 0;

  add({ state, endedAt, isWait }: DeliveryUpdate): void {
    if (state === 'done') this.delivered += 1;
    else if (state === 'dead') this.dead += 1;
    else if (endedAt !== undefined && isWait !== true) this.failed += 1;
  }
}

/** Deliveries of one worker. */
export interface Deliveries {
  readonly tally: DeliveryTally;
  /**
   * Looks what is due and begins it, for the worker's loop. Deliveries run beside the loop: nothing
   * is waited for.
   */
  turn(): Promise<number | undefined>;
  /** Something may be due now: looks as soon as the running transaction has ended. */
  nudge(): void;
  /** Resolves when nothing runs and nothing is due now. */
  idle(): Promise<void>;
  /** Whether something runs, or waits for its time. */
  hasWork(): boolean;
  /**
   * Starts nothing new, lets running deliveries finish for `drainMs`, then aborts and returns the
   * rest.
   */
  close(drainMs: number): Promise<void>;
}

import type { Log } from '../core/log.ts';
import type { Database } from '../store/database.ts';
import type { StoreFault } from '../store/store-fault.ts';
import type { SubscriptionSource } from './subscription.ts';
import type { DeliveryUpdate } from './table.ts';

export interface DeliveryParts {
  readonly source: SubscriptionSource;
  /** Returns the store while this worker leads and the store works. */
  readonly database: () => Database | undefined;
  readonly clock: () => number;
  readonly random: () => number;
  readonly log: Log;
  readonly me: () => string;
  /** Most deliveries that run at once, without built-in handlers. */
  readonly most: () => number;
  /** End when nothing is due. While something runs, the step asks for another one. */
  readonly once: boolean;
  /** Wakes the worker. */
  readonly wake: () => void;
  /** The store failed in a way that a short wait does not fix. */
  readonly onFault: (fault: StoreFault) => void;
}

/**
 * Counts the deliveries of one worker since its start: done, failed with another attempt to come,
 * and failed for good.
 */
export class DeliveryStats {
  delivered = 0;
  failed = 0;
  dead = 0;

  add({ state, endedAt, isWait }: DeliveryUpdate): void {
    if (state === 'done') this.delivered += 1;
    else if (state === 'dead') this.dead += 1;
    else if (endedAt !== undefined && isWait !== true) this.failed += 1;
  }
}

/** The deliveries of one worker. */
export interface Deliveries {
  readonly stats: DeliveryStats;
  /**
   * Starts what is due, for the worker's loop. Deliveries run beside the loop: the step does not
   * wait for them.
   */
  step(): Promise<number | undefined>;
  /** Something may be due: checks as soon as the running transaction has ended. */
  notifyDue(): void;
  /** Resolves when nothing runs and nothing is due. */
  idle(): Promise<void>;
  /** Whether a delivery runs, or waits for its time. */
  hasWork(): boolean;
  /**
   * Starts nothing new, lets running deliveries finish for `drainMs`, then aborts them and returns
   * them to the queue.
   */
  close(drainMs: number): Promise<void>;
}

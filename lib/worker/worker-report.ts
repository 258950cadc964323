import type { DeliveryTally } from '../delivery/deliveries.ts';
import type { Tally } from './tally.ts';

/** What a worker did from its start to its end. */
export interface WorkerReport {
  /** Entries whose effect is in the store. */
  readonly processed: number;
  /** Attempts that failed, and entries that were given up. */
  readonly failed: number;
  readonly dead: number;
  /** Whether it led from the start: only a leader delivers. */
  readonly led: boolean;
  /** Whether a signal ended it before it was done. */
  readonly isCut: boolean;
  readonly deliveries: Readonly<Record<'delivered' | 'failed' | 'dead', number>>;
}

export function workerReport(
  { processed, failed, dead }: Tally,
  deliveries: DeliveryTally,
  how: Pick<WorkerReport, 'led' | 'isCut'>,
): WorkerReport {
  return {
    processed,
    failed,
    dead,
    ...how,
    deliveries: {
      delivered: deliveries.delivered,
      failed: deliveries.failed,
      dead: deliveries.dead,
    },
  };
}

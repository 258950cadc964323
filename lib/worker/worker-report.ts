import type { DeliveryStats } from '../delivery/deliveries.ts';
import type { WorkerStats } from './worker-stats.ts';

/** What a worker did from start to end. */
export interface WorkerReport {
  /** Entries whose effect is in the store. */
  readonly processed: number;
  /** Failed attempts, and entries that were given up. */
  readonly failed: number;
  readonly dead: number;
  /** Whether it led from the start: only a leader delivers. */
  readonly led: boolean;
  /** Whether a signal ended it before it was done. */
  readonly isCut: boolean;
  readonly deliveries: Readonly<Record<'delivered' | 'failed' | 'dead', number>>;
}

export function workerReport(
  { processed, failed, dead }: WorkerStats,
  deliveries: DeliveryStats,
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

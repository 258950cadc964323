import type { DeliveryUpdate } from './delivery-update.ts';

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

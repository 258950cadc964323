import { describe, expect, it } from 'vitest';
import { maintainDeliveries } from '../../../lib/delivery/maintain-deliveries.ts';
import { busHome } from './bus-home.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { fakeSubscription, held } from './fake-subscription.ts';

describe('maintainDeliveries', () => {
  const died = async (maxAttempts: number, isMine = false) => {
    const home = busHome([fakeSubscription({ maxAttempts, answer: held().answer })]);
    home.store(1);
    await home.bus.deliveries.step();
    const { log, codes } = memoryLog();
    maintainDeliveries({
      database: home.database,
      subscriptions: [fakeSubscription({ maxAttempts })],
      isMine: () => isMine,
      now: 1,
      log,
    });
    return { row: home.rows()[0], codes: codes() };
  };

  it('requeues what a dead worker was running: the attempt counts', async () => {
    expect(await died(2)).toMatchObject({
      row: {
        state: 'due',
        attempts: 1,
        claimed_by: null,
        last_error: 'its worker died while it ran',
      },
      codes: ['DELIVERIES_RETURNED'],
    });
  });

  it('gives up a delivery that killed its worker in its last attempt', async () => {
    expect(await died(1)).toMatchObject({
      row: { state: 'dead', attempts: 1, last_error: 'its worker died while it ran' },
    });
  });

  it('leaves alone what this worker runs, and reports nothing then', async () => {
    expect(await died(1, true)).toMatchObject({ row: { state: 'running' }, codes: [] });
  });
});

import { describe, expect, it } from 'vitest';
import {
  countOutbox,
  maintainDeliveries,
  pruneDeliveries,
} from '../../../lib/delivery/maintain-deliveries.ts';
import { busHome, eventNumber } from './bus-home.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { fakeSubscription, held } from './fake-subscription.ts';

describe('maintainDeliveries', () => {
  const died = async (maxAttempts: number, isMine = false) => {
    const home = busHome([fakeSubscription({ maxAttempts, answer: held().answer })]);
    home.store(1);
    await home.bus.deliveries.turn();
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

  it('gives back what a dead worker was running: the attempt counts', async () => {
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

  it('gives up what took a worker along in its last attempt', async () => {
    expect(await died(1)).toMatchObject({
      row: { state: 'dead', attempts: 1, last_error: 'its worker died while it ran' },
    });
  });

  it('leaves alone what this worker runs, and says nothing then', async () => {
    expect(await died(1, true)).toMatchObject({ row: { state: 'running' }, codes: [] });
  });
});

describe('pruneDeliveries', () => {
  it('keeps the latest of each subscription that are done, and everything that is not', async () => {
    const one = fakeSubscription({ name: 'user/one' });
    const two = fakeSubscription({
      name: 'user/two',
      types: ['task.failed'],
      answer: () => ({ state: 'refused', reason: 'no' }),
    });
    const home = busHome([one, two]);
    for (let n = 1; n <= 5; n += 1) {
      home.store(n, { event_type: 'task.failed' });
      await home.bus.deliveries.idle();
      home.advance(10);
    }
    expect(pruneDeliveries(home.database, 2)).toBe(3);
    const of = (name: string) => home.rows().filter(({ subscription }) => subscription === name);
    expect(of('user/one').map(({ state, event_id }) => [state, event_id])).toEqual(
      [4, 5].map((n) => ['done', eventNumber(n)]),
    );
    expect(of('user/two').map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => 'dead'),
    );
    expect(countOutbox(home.database)).toEqual({ due: 0, running: 0, dead: 5 });
    expect(pruneDeliveries(home.database, 2)).toBe(0);
  });

  it('takes what belongs to an event that is gone', async () => {
    const home = busHome([
      fakeSubscription({ answer: () => ({ state: 'refused', reason: 'no' }) }),
    ]);
    home.store(1);
    await home.bus.deliveries.idle();
    home.database.exec('DELETE FROM events');
    expect(pruneDeliveries(home.database, 100)).toBe(1);
  });
});

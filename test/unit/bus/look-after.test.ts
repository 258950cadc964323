import { describe, expect, it } from 'vitest';
import { countDeliveries, pruneDeliveries } from '../../../lib/bus/look-after.ts';
import { busHome, eventNumber } from './bus-home.ts';
import { fakeSubscription } from './fake-subscription.ts';

describe('pruneDeliveries', () => {
  it('keeps the latest of each subscription that are done, and everything that is not', async () => {
    const one = fakeSubscription({ name: 'user/one' });
    const two = fakeSubscription({ name: 'user/two', types: ['task.failed'], answer: () => ({ state: 'refused', reason: 'no' }) });
    const home = busHome([one, two]);
    for (let n = 1; n <= 5; n += 1) {
      home.store(n, { event_type: 'task.failed' });
      await home.bus.deliveries.idle();
      home.advance(10);
    }
    expect(pruneDeliveries(home.database, 2)).toBe(3);
    expect(countDeliveries(home.database)).toEqual(
      new Map([
        ['user/one', { done: 2 }],
        ['user/two', { dead: 5 }],
      ]),
    );
    expect(
      home
        .rows()
        .filter(({ subscription }) => subscription === 'user/one')
        .map(({ event_id }) => event_id),
    ).toEqual([4, 5].map(eventNumber));
    expect(pruneDeliveries(home.database, 2)).toBe(0);
  });

  it('takes what belongs to an event that is gone', async () => {
    const home = busHome([fakeSubscription({ answer: () => ({ state: 'refused', reason: 'no' }) })]);
    home.store(1);
    await home.bus.deliveries.idle();
    home.database.exec('DELETE FROM events');
    expect(pruneDeliveries(home.database, 100)).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { runAllSlices } from '../../../lib/core/sliced.ts';
import { countOutbox } from '../../../lib/delivery/table.ts';
import { deliveryRows } from '../../../lib/delivery/retention.ts';
import type { Database } from '../../../lib/store/database.ts';
import { rowKeeper } from '../../../lib/store/keeper.ts';
import { busHome, eventNumber } from './bus-home.ts';
import { fakeSubscription } from './fake-subscription.ts';

describe('deliveryRows', () => {
  it('keeps the latest done ones of each subscription, and everything that is not done', async () => {
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
    expect(prune(home.database, 2)).toBe(3);
    const of = (name: string) => home.rows().filter(({ subscription }) => subscription === name);
    expect(of('user/one').map(({ state, event_id }) => [state, event_id])).toEqual(
      [4, 5].map((n) => ['done', eventNumber(n)]),
    );
    expect(of('user/two').map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => 'dead'),
    );
    expect(countOutbox(home.database)).toEqual({ due: 0, running: 0, dead: 5 });
    expect(prune(home.database, 2)).toBe(0);
  });

  it('deletes what belongs to a deleted event', async () => {
    const home = busHome([
      fakeSubscription({ answer: () => ({ state: 'refused', reason: 'no' }) }),
    ]);
    home.store(1);
    await home.bus.deliveries.idle();
    home.database.exec('DELETE FROM events');
    expect(prune(home.database, 100)).toBe(1);
  });

  it('counts only deliveries whose event is kept', async () => {
    const home = busHome([fakeSubscription({ name: 'user/one', types: ['task.failed'] })]);
    for (let n = 1; n <= 4; n += 1) {
      home.store(n, { event_type: 'task.failed' });
      await home.bus.deliveries.idle();
      home.advance(10);
    }
    home.database.prepare('DELETE FROM events WHERE id = ?').run(eventNumber(4));
    expect(prune(home.database, 2)).toBe(2);
    expect(home.rows().map(({ event_id }) => event_id)).toEqual([2, 3].map(eventNumber));
  });
});

function prune(database: Database, keep: number): number {
  const keeper = rowKeeper(deliveryRows(keep), database, 0);
  return runAllSlices(
    keeper.plan({ before: 0, historyBefore: 0, excess: 0, youngest: 0 }, 0),
  ).prune();
}

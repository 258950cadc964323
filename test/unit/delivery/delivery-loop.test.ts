import { afterEach, describe, expect, it, vi } from 'vitest';
import { busHome, eventNumber } from './bus-home.ts';
import { readHandlerStats } from '../../../lib/query/handler-stats.ts';
import { fakeSubscription, held } from './fake-subscription.ts';

afterEach(() => void vi.useRealTimers());

describe('a delivery', () => {
  it('is made when its event is committed, without a request', async () => {
    const notify = fakeSubscription();
    const home = busHome([notify]);
    const id = home.store(1);
    expect(notify.got).toEqual([]);
    await home.bus.deliveries.idle();
    expect(notify.got.map(({ event, attempt }) => [event.event_id, attempt])).toEqual([[id, 1]]);
    expect(home.rows()).toMatchObject([
      { event_id: id, subscription: 'user/notify', state: 'done', attempts: 1, claimed_by: null },
    ]);
  });

  it('that fails is due again after its delay, and dead after the last attempt', async () => {
    const notify = fakeSubscription({
      answer: () => ({ state: 'failed', reason: 'no route', output: 'tried' }),
    });
    const home = busHome([notify]);
    home.store(1);
    for (const delay of [1_000, 2_000]) {
      await home.settle();
      expect(home.rows()).toMatchObject([
        { state: 'due', due_at: home.clock() + delay, last_error: 'no route', output: 'tried' },
      ]);
      home.advance(delay - 1);
      await home.bus.deliveries.step();
      expect(home.rows()).toMatchObject([{ state: 'due' }]);
      home.advance(1);
      await home.bus.deliveries.step();
    }
    await home.settle();
    expect(home.rows()).toMatchObject([{ state: 'dead', attempts: 3, last_error: 'no route' }]);
    expect(home.log.codes()).toContain('DELIVERY_DEAD');
    expect(home.bus.deliveries.stats).toMatchObject({ delivered: 0, failed: 2, dead: 1 });
  });

  it.each([
    ['refused', { state: 'refused', reason: 'bad' }],
    ['gone', { state: 'gone', reason: 'bad' }],
  ] as const)('that is %s is dead at once', async (_, result) => {
    const home = busHome([fakeSubscription({ answer: () => result })]);
    home.store(1);
    await home.bus.deliveries.idle();
    expect(home.rows()).toMatchObject([{ state: 'dead', attempts: 1, last_error: 'bad' }]);
  });

  it('counts as failed when the handler throws', async () => {
    const home = busHome([
      fakeSubscription({
        answer: () => {
          throw new Error('boom');
        },
      }),
    ]);
    home.store(1);
    await home.settle();
    expect(home.rows()).toMatchObject([{ state: 'due', attempts: 1, last_error: 'boom' }]);
  });

  it('waits as long as the receiver says', async () => {
    const home = busHome([
      fakeSubscription({ answer: () => ({ state: 'failed', reason: 'later', afterMs: 60_000 }) }),
    ]);
    home.store(1);
    await home.settle();
    expect(home.rows()).toMatchObject([{ due_at: home.clock() + 60_000 }]);
  });

  it('that waits for a fact has not failed, is due again, and is dead if it waits to the end', async () => {
    const wait = { state: 'waiting', reason: 'unknown yet', afterMs: 500 } as const;
    const patient = fakeSubscription({
      answer: ({ attempt }) => (attempt < 3 ? wait : { state: 'done' }),
    });
    const home = busHome([patient, fakeSubscription({ name: 'user/never', answer: () => wait })]);
    home.store(1);
    await home.settle();
    for (let times = 0; times < 2; times += 1) {
      expect(home.rows()).toMatchObject([{ state: 'due', last_error: null }, { state: 'due' }]);
      home.advance(500);
      await home.bus.deliveries.step();
      await home.settle();
    }
    expect(home.rows()).toMatchObject([
      { subscription: 'user/never', state: 'dead', last_error: 'unknown yet' },
      { subscription: 'user/notify', state: 'done', attempts: 3, last_error: null },
    ]);
    expect(home.log.codes()).not.toContain('DELIVERY_RETRIED');
    expect(home.bus.deliveries.stats).toMatchObject({ delivered: 1, failed: 0, dead: 1 });
    expect(await readHandlerStats(home.database)).toMatchObject([
      { handler: 'user/never', runs: 3, waits: 2, failures: 1 },
      { handler: 'user/notify', runs: 3, waits: 2, failures: 0 },
    ]);
  });

  it('is aborted at its time limit, even if the handler ignores it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const deaf = fakeSubscription({
      name: 'user/deaf',
      answer: () => new Promise(() => undefined),
    });
    const obedient = fakeSubscription({
      name: 'user/obedient',
      answer: ({ signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () =>
            resolve({ state: 'failed', reason: 'aborted', output: 'half' }),
          ),
        ),
    });
    const home = busHome([deaf, obedient]);
    home.store(1);
    await home.settle();
    await vi.advanceTimersByTimeAsync(1_000);
    await home.settle();
    expect(home.rows()).toMatchObject([
      { subscription: 'user/deaf', state: 'running' },
      {
        subscription: 'user/obedient',
        state: 'due',
        last_error: 'no answer within 1000 ms',
        output: 'half',
      },
    ]);
    await vi.advanceTimersByTimeAsync(5_000);
    await home.settle();
    expect(home.rows()[0]).toMatchObject({
      state: 'due',
      last_error: 'no answer within 1000 ms, and it did not stop',
    });
  });

  it('is discarded when the store has deleted its event', async () => {
    const notify = fakeSubscription();
    const home = busHome([notify]);
    home.store(1);
    home.database.exec('DELETE FROM events');
    await home.bus.deliveries.idle();
    expect(home.rows()).toMatchObject([
      { state: 'discarded', last_error: 'its event is no longer in the store' },
    ]);
    expect(notify.got).toEqual([]);
  });
});

describe('deliveries', () => {
  it('run side by side up to the limit of their subscription', async () => {
    const slow = held();
    const notify = fakeSubscription({ answer: slow.answer });
    const home = busHome([notify]);
    for (let n = 1; n <= 5; n += 1) home.store(n);
    await home.settle();
    expect(notify.got).toHaveLength(2);
    slow.release();
    await home.settle();
    expect(notify.got).toHaveLength(4);
  });

  it('of a slow subscription delay no other, whatever the total limit', async () => {
    const slow = held();
    const sleepy = fakeSubscription({ name: 'user/sleepy', answer: slow.answer, concurrency: 50 });
    const quick = fakeSubscription({ name: 'user/quick' });
    const home = busHome([sleepy, quick], { most: 3 });
    for (let n = 1; n <= 20; n += 1) home.store(n);
    await home.settle();
    await home.settle();
    expect(quick.got).toHaveLength(20);
    expect(sleepy.got.length).toBeLessThanOrEqual(3);
  });

  it('go to each subscription that fits, once', async () => {
    const all = fakeSubscription({ name: 'user/all' });
    const tasks = fakeSubscription({ name: 'user/tasks', types: ['task.*'] });
    const picky = fakeSubscription({
      name: 'user/picky',
      accepts: ({ payload }) => payload['branch'] === 'main',
    });
    const broken = fakeSubscription({
      name: 'user/broken',
      accepts: () => {
        throw new Error('no');
      },
    });
    const home = busHome([all, tasks, picky, broken]);
    home.store(1, { payload: { branch: 'main' } });
    home.store(2, { event_type: 'task.failed' });
    await home.bus.deliveries.idle();
    expect(
      [all, tasks, picky, broken].map(({ got }) => got.map(({ event }) => event.event_id)),
    ).toEqual([[eventNumber(1), eventNumber(2)], [eventNumber(2)], [eventNumber(1)], []]);
  });

  it('of a replay go only to the addressed handler', async () => {
    const one = fakeSubscription({ name: 'user/one' });
    const two = fakeSubscription({ name: 'user/two' });
    const home = busHome([one, two]);
    const original = home.store(1);
    await home.bus.deliveries.idle();
    home.store(2, { metadata: { replay_of: original } });
    home.store(3, { metadata: { replay_of: original, tags: ['to:user/two'] } });
    home.store(4, { metadata: { tags: ['to:user/two'] } });
    await home.bus.deliveries.idle();
    expect(one.got.map(({ event }) => event.event_id)).toEqual([1, 4].map(eventNumber));
    expect(two.got.map(({ event }) => event.event_id)).toEqual([1, 3, 4].map(eventNumber));
  });

  it('of a dead worker are tried again, and the attempt counts', async () => {
    const first = busHome(
      [fakeSubscription({ answer: () => new Promise(() => undefined), timeoutMs: 1e6 })],
      { me: 'w-dead' },
    );
    first.store(1);
    await first.settle();
    expect(first.rows()).toMatchObject([{ state: 'running', claimed_by: 'w-dead' }]);
    const notify = fakeSubscription();
    const next = busHome([notify], { database: first.database, me: 'w-next' });
    await next.bus.deliveries.step();
    await next.bus.deliveries.idle();
    expect(notify.got.map(({ attempt }) => attempt)).toEqual([2]);
    expect(next.rows()).toMatchObject([{ state: 'done', attempts: 2 }]);
    expect(next.log.codes()).toContain('DELIVERIES_RETURNED');
  });

  it('that kill their worker each time are dead after the last attempt', async () => {
    const home = busHome([fakeSubscription()]);
    home.store(1);
    home.database.exec(
      "UPDATE deliveries SET state = 'running', attempts = 3, claimed_by = 'w-dead'",
    );
    await home.bus.deliveries.idle();
    expect(home.rows()).toMatchObject([
      { state: 'dead', last_error: 'its worker died while it ran' },
    ]);
  });

  it('for a missing subscription wait a day for it, and are discarded then', async () => {
    const first = busHome([fakeSubscription({ answer: () => ({ state: 'failed', reason: 'x' }) })]);
    first.store(1);
    await first.settle();
    await first.bus.deliveries.close(0);
    const later = busHome([], { database: first.database });
    later.advance(86_400_000);
    await later.bus.deliveries.step();
    expect(later.rows()).toMatchObject([{ state: 'due' }]);
    later.advance(60_000);
    await later.bus.deliveries.step();
    expect(later.rows()).toMatchObject([
      { state: 'discarded', last_error: 'its subscription is gone' },
    ]);
  });

  it('do not wait longer because the clock was set back', async () => {
    const notify = fakeSubscription({
      answer: ({ attempt }) =>
        attempt === 1 ? { state: 'failed', reason: 'x' } : { state: 'done' },
    });
    const home = busHome([notify]);
    home.store(1);
    await home.settle();
    home.advance(-3_600_000);
    await home.bus.deliveries.step();
    home.advance(1_000);
    await home.bus.deliveries.step();
    await home.bus.deliveries.idle();
    expect(home.rows()).toMatchObject([{ state: 'done', attempts: 2 }]);
  });
});

describe('a worker that ends', () => {
  it('lets deliveries end, aborts those that still run, and returns them as if they had never started', async () => {
    const slow = held();
    const quick = fakeSubscription({ name: 'user/quick', answer: slow.answer });
    const endless = fakeSubscription({
      name: 'user/endless',
      answer: ({ signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => resolve({ state: 'failed', reason: 'killed' })),
        ),
    });
    const home = busHome([quick, endless]);
    home.store(1);
    await home.settle();
    const closed = home.bus.deliveries.close(20);
    slow.release();
    await closed;
    expect(home.rows()).toMatchObject([
      {
        subscription: 'user/endless',
        state: 'due',
        attempts: 0,
        claimed_by: null,
        last_error: null,
      },
      { subscription: 'user/quick', state: 'done', attempts: 1 },
    ]);
    home.store(2);
    await home.settle();
    expect(quick.got).toHaveLength(1);
  });

  it('ends even if the disk fails at that moment, and reports it', async () => {
    let isBroken = false;
    const home = busHome([fakeSubscription()], { isBroken: () => isBroken });
    home.store(1);
    await home.bus.deliveries.idle();
    isBroken = true;
    await home.bus.deliveries.close(0);
    expect(home.log.codes()).toEqual(['DELIVERY_FAULT']);
  });

  it('after one drain waits for what is due, and not for later attempts', async () => {
    const slow = held();
    const home = busHome([fakeSubscription({ answer: slow.answer })], { once: true });
    home.store(1);
    expect(await home.bus.deliveries.step()).toBeGreaterThan(0);
    slow.release({ state: 'failed', reason: 'later' });
    await home.settle();
    expect(await home.bus.deliveries.step()).toBeUndefined();
    home.advance(3_600_000);
    expect(await home.bus.deliveries.step()).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectSameInAnyOrder } from '../../support/any-order.ts';
import { allSubscriptions } from '../../../lib/delivery/matching.ts';
import { outboxEffects } from '../../../lib/delivery/open-bus.ts';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import type { Database, Row } from '../../../lib/store/database.ts';
import { forgetRows } from '../../../lib/retention/forget.ts';
import { testEvent } from '../../support/test-event.ts';
import { dumpStore, emptyStores, testStore } from '../../support/test-store.ts';
import { eventNumber } from './bus-home.ts';
import { fakeSubscription } from './fake-subscription.ts';

const SUBSCRIPTIONS = [
  fakeSubscription({ name: 'user/all' }),
  fakeSubscription({ name: 'user/tasks', types: ['task.*', 'build.*'] }),
  fakeSubscription({
    name: 'webhook/picky',
    accepts: ({ payload }) => payload['branch'] === 'main',
  }),
];

/** The deliveries after these batches, in a store where two are dead already. */
function deliveriesAfter(
  database: Database,
  batches: readonly (readonly EventEnvelope[])[],
): readonly Row[] {
  database.exec(`INSERT INTO deliveries (event_id, subscription, state, attempts, due_at, ended_at, created_at)
    VALUES ('old-1', 'user/all', 'dead', 3, 1, 1, 1), ('old-2', 'user/all', 'dead', 3, 1, 1, 1)`);
  const effects = outboxEffects({
    source: () => SUBSCRIPTIONS,
    clock: () => 5,
    onDue: () => undefined,
  });
  const apply = eventApplier(database, [effects], () => 1);
  for (const batch of batches)
    for (const result of apply(batch)) expect(result).not.toMatchObject({ state: 'failed' });
  const { deliveries } = dumpStore(database);
  return deliveries ?? [];
}

const plain = fc.record({
  event_type: fc.constantFrom('task.failed', 'build.failed', 'session.ended'),
  payload: fc.record({ branch: fc.constantFrom('main', 'other') }),
  metadata: fc.constantFrom(
    {},
    { replay_of: 'x-1' },
    { replay_of: 'x-1', tags: ['to:user/all'] },
    { replay_of: 'x-1', tags: ['again'] },
  ),
});

/** About deliveries that are dead, and about those of events of the same run, which are not. */
const decision = fc.record({
  event_type: fc.constantFrom('delivery.retried', 'delivery.discarded'),
  payload: fc.record({
    deliveries: fc.array(
      fc.record({
        event_id: fc.constantFrom('old-1', 'old-2', eventNumber(0), eventNumber(1)),
        subscription: fc.constantFrom('user/all'),
      }),
      { maxLength: 3 },
    ),
  }),
});

const anyEvents = fc
  .array(fc.tuple(fc.oneof(plain, decision), fc.constantFrom(1, 2, 3)), {
    minLength: 1,
    maxLength: 8,
  })
  .map((drafts) =>
    drafts.map(([draft, second], index) =>
      testEvent({
        ...draft,
        event_id: eventNumber(index),
        timestamp: `2026-11-22T04:48:0${second}.000Z`,
      }),
    ),
  );

describe('the outbox', () => {
  it('has the same rows in any order of events, together or one by one', () => {
    const empty = emptyStores();
    expectSameInAnyOrder(anyEvents, (batches) => deliveriesAfter(empty(), batches), 60);
  });

  it('is written with the event or not at all', () => {
    const database = testStore();
    const effects = outboxEffects({
      source: () => SUBSCRIPTIONS,
      clock: () => 5,
      onDue: () => undefined,
    });
    const boom = {
      'task.failed': () => {
        throw new Error('no');
      },
    };
    const [bad, good] = eventApplier(
      database,
      [effects, boom],
      () => 1,
    )([
      testEvent({ event_id: 'a', event_type: 'task.failed' }),
      testEvent({ event_id: 'b', event_type: 'task.created' }),
    ]);
    expect([bad?.state, good?.state]).toEqual(['failed', 'applied']);
    expect(database.prepare('SELECT DISTINCT event_id FROM deliveries').all()).toEqual([
      { event_id: 'b' },
    ]);
  });

  it('writes nothing without a subscription', () => {
    const database = testStore();
    let asked = 0;
    const effects = outboxEffects({ source: () => [], clock: () => 5, onDue: () => (asked += 1) });
    eventApplier(database, [effects], () => 1)([testEvent()]);
    expect([asked, dumpStore(database)['deliveries']]).toEqual([0, []]);
  });

  it('forgets the deliveries of a session with its other rows', () => {
    const database = testStore();
    const effects = outboxEffects({
      source: () => SUBSCRIPTIONS,
      clock: () => 5,
      onDue: () => undefined,
    });
    eventApplier(database, [effects], () => 1)([testEvent({ payload: { session_id: 's1' } })]);
    forgetRows(database, new Set(['s1']));
    expect(dumpStore(database)['deliveries']).toEqual([]);
  });
});

describe('a decision about dead deliveries', () => {
  const at = (second: number, type: string) =>
    testEvent({
      event_id: eventNumber(second),
      event_type: type,
      timestamp: `2026-11-22T04:48:0${second}.000Z`,
      payload: { deliveries: [{ event_id: 'old-1', subscription: 'user/all' }] },
    });
  const stateAfter = (...events: readonly EventEnvelope[]): unknown =>
    deliveriesAfter(testStore(), [events]).find((row) => row['event_id'] === 'old-1')?.['state'];

  it('to retry makes them due with a fresh count, to discard ends them; the later one counts', () => {
    expect(deliveriesAfter(testStore(), [[at(1, 'delivery.retried')]])).toContainEqual(
      expect.objectContaining({ event_id: 'old-1', state: 'due', attempts: 0 }),
    );
    expect(stateAfter(at(1, 'delivery.discarded'))).toBe('discarded');
    expect(stateAfter(at(2, 'delivery.retried'), at(1, 'delivery.discarded'))).toBe('due');
    expect(stateAfter(at(2, 'delivery.discarded'), at(1, 'delivery.retried'))).toBe('discarded');
  });
});

describe('allSubscriptions', () => {
  it('is the same list as long as no source changes', () => {
    let second: readonly ReturnType<typeof fakeSubscription>[] = [];
    const all = allSubscriptions([() => SUBSCRIPTIONS, () => second]);
    const before = all();
    expect(all()).toBe(before);
    second = [fakeSubscription({ name: 'user/new' })];
    expect(all().map(({ name }) => name)).toEqual([
      'user/all',
      'user/tasks',
      'webhook/picky',
      'user/new',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { EFFECTS } from '../../../../lib/worker/effects.ts';
import {
  type ScheduleRunner,
  createScheduleRunner,
} from '../../../../lib/features/schedule/run-schedules.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testStore } from '../../../support/test-store.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-22T10:20:00Z');
const OFF = ['learning off', 'cleanup off', 'observability off', 'weekly-report off'];

/** One worker of a store; several may share it. */
function runner(
  store: Database,
  clock: () => number,
  entries: () => readonly string[],
): ScheduleRunner {
  const apply = eventApplier(store, EFFECTS, clock);
  const storeAs = (events: readonly EventEnvelope[]): void => void apply(events);
  return createScheduleRunner({ clock, database: () => store, entries, storeAs });
}

function setting(entries: readonly string[] = [...OFF, 'hourly every 1h x.due {"n":1}']) {
  const store = testStore();
  const time = fakeClock(START);
  const one = runner(store, time.clock, () => entries);
  one.look();
  const ids = (): readonly string[] =>
    store
      .prepare('SELECT id FROM events ORDER BY seq')
      .all()
      .map(({ id }) => String(id));
  return { store, time, one, ids };
}

const slot = (iso: string, name = 'hourly') => `schedule:${name}:${Date.parse(iso)}`;

describe('scheduleRunner', () => {
  it('begins with the next slot, and then stores one event for each', () => {
    const { store, time, one, ids } = setting();
    time.advance(HOUR / 2);
    one.look();
    expect(ids()).toEqual([]);
    time.advance(HOUR / 2);
    one.look();
    one.look();
    expect(ids()).toEqual([slot('2026-11-22T11:00:00Z')]);
    const [row] = store.prepare('SELECT type, source, envelope FROM events').all();
    expect(row).toMatchObject({ type: 'x.due', source: 'schedule/hourly' });
    expect(JSON.parse(String(row?.['envelope']))).toMatchObject({
      timestamp: '2026-11-22T11:20:00.000Z',
      payload: { n: 1 },
    });
  });

  it('makes up once what was missed in a long sleep', () => {
    const { time, one, ids } = setting();
    time.advance(30 * HOUR);
    one.look();
    one.look();
    expect(ids()).toEqual([slot('2026-11-23T16:00:00Z')]);
  });

  it('stores a slot once when several workers find it due', () => {
    const { store, time, one, ids } = setting();
    const other = runner(store, time.clock, () => [...OFF, 'hourly every 1h x.due {"n":1}']);
    other.look();
    time.advance(HOUR);
    other.look();
    one.look();
    runner(store, time.clock, () => [...OFF, 'hourly every 1h x.due']).look();
    expect(ids()).toEqual([slot('2026-11-22T11:00:00Z')]);
  });

  it('repeats nothing when the clock steps back, and goes on from there', () => {
    const { time, one, ids } = setting();
    time.advance(HOUR);
    one.look();
    time.advance(-HOUR);
    one.look();
    time.advance(HOUR);
    one.look();
    expect(ids()).toHaveLength(1);
    time.advance(HOUR);
    one.look();
    expect(ids()).toEqual([slot('2026-11-22T11:00:00Z'), slot('2026-11-22T12:00:00Z')]);
  });

  it('recovers from a clock that was years ahead', () => {
    const { time, one, ids } = setting();
    time.advance(9_000 * HOUR);
    one.look();
    time.advance(-9_000 * HOUR);
    one.look();
    expect(ids()).toHaveLength(1);
    time.advance(HOUR);
    one.look();
    expect(ids()).toEqual([slot('2027-12-02T10:00:00Z'), slot('2026-11-22T11:00:00Z')]);
  });

  it('keeps slot and event together: what cannot be stored stays due', () => {
    const store = testStore();
    const time = fakeClock(START);
    let isOut = false;
    const apply = eventApplier(store, EFFECTS, time.clock);
    const storeAs = (events: readonly EventEnvelope[]): void => {
      if (isOut) throw new Error('out');
      apply(events);
    };
    const entries = [...OFF, 'hourly every 1h x.due'];
    const one = createScheduleRunner({
      clock: time.clock,
      database: () => store,
      entries: () => entries,
      storeAs,
    });
    one.look();
    time.advance(HOUR);
    isOut = true;
    expect(() => one.look()).toThrow('out');
    one.look(); // not again at once
    isOut = false;
    time.advance(61_000);
    one.look();
    expect(store.prepare('SELECT id FROM events').all()).toEqual([
      { id: slot('2026-11-22T11:00:00Z') },
    ]);
  });

  it('takes a change of the settings up, and makes up nothing for a new time or a name that comes back', () => {
    const store = testStore();
    const time = fakeClock(START);
    let entries = [...OFF, 'mine every 1h x.due'];
    const one = runner(store, time.clock, () => entries);
    one.look();
    entries = [...OFF, 'mine every 5m x.due'];
    one.look();
    entries = OFF;
    one.look();
    time.advance(9 * HOUR);
    entries = [...OFF, 'mine every 5m x.due'];
    one.look();
    expect(store.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 0 });
    time.advance(5 * 60_000);
    one.look();
    expect(store.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 1 });
  });

  it('leaves out the hours in which no session was at work', () => {
    const { store, time, one, ids } = setting(['learning off', 'cleanup off', 'weekly-report off']);
    time.advance(2 * HOUR);
    one.look();
    expect(ids()).toEqual([]);
    eventApplier(
      store,
      EFFECTS,
      time.clock,
    )([testEvent({ event_id: 'work', timestamp: new Date(time.clock()).toISOString() })]);
    time.advance(HOUR);
    one.look();
    expect(ids()).toEqual(['work', slot('2026-11-22T13:00:00Z', 'observability')]);
  });

  it('wants to be woken for the next slot, never for one that only counts while a session is at work', () => {
    expect(setting().one.untilNext()).toBe(40 * 60_000);
    expect(
      setting(['learning off', 'cleanup off', 'weekly-report off']).one.untilNext(),
    ).toBeUndefined();
  });

  it('does nothing while the store is out', () => {
    const one = createScheduleRunner({
      clock: () => START,
      database: () => undefined,
      entries: () => [],
      storeAs: () => expect.unreachable(),
    });
    one.look();
    expect(one.untilNext()).toBeUndefined();
  });
});

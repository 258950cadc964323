import { describe, expect, it } from 'vitest';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import type { Database } from '../../../lib/store/database.ts';
import { perEvent, type EffectTable } from '../../../lib/store/effect.ts';
import { StoreFault } from '../../../lib/store/store-fault.ts';
import { testEvent } from '../../support/test-event.ts';
import { testStore } from '../../support/test-store.ts';

const fails: EffectTable = {
  'build.failed': () => {
    throw new Error('no such branch');
  },
};

/** Leaves a trace that is not idempotent by itself. */
const counts: EffectTable = {
  '*': perEvent((database) => {
    database
      .prepare(
        "INSERT INTO sessions (id, first_event_at, last_event_at) VALUES ('all', 1, 1) ON CONFLICT (id) DO NOTHING",
      )
      .run();
    database
      .prepare("UPDATE sessions SET operation_count = operation_count + 1 WHERE id = 'all'")
      .run();
  }),
};

function effects(database: Database): unknown {
  return database.prepare("SELECT operation_count FROM sessions WHERE id = 'all'").get()?.[
    'operation_count'
  ];
}

describe('eventApplier', () => {
  it('stores an event unchanged, with the time at which it was stored', () => {
    const database = testStore();
    const event = testEvent({ correlation_id: 'prompt-7' });
    expect(eventApplier(database, [], () => 4_711)([event])).toEqual([{ state: 'applied' }]);
    const row = database.prepare('SELECT * FROM events').get();
    expect(row).toMatchObject({
      id: event.event_id,
      type: event.event_type,
      session_id: 'session-1',
      correlation_id: 'prompt-7',
      stored_at: 4_711,
    });
    expect(row?.['at']).toBe(Date.parse(event.timestamp));
    expect(JSON.parse(String(row?.['envelope']))).toEqual(event);
  });

  it('applies an event once, in one batch or in several', () => {
    const database = testStore();
    const apply = eventApplier(database, [counts], () => 1);
    expect(apply([testEvent(), testEvent()])).toEqual([{ state: 'applied' }, { state: 'known' }]);
    expect(apply([testEvent()])).toEqual([{ state: 'known' }]);
    expect(effects(database)).toBe(1);
  });

  it('commits the 255 neighbours of an event whose effect fails, and nothing of that event', () => {
    const database = testStore();
    const events = Array.from({ length: 256 }, (_, n) =>
      testEvent({ event_id: `e${n}`, event_type: n === 100 ? 'build.failed' : 'build.passed' }),
    );
    const results = eventApplier(database, [counts, fails], () => 1)(events);
    expect(results.filter(({ state }) => state === 'applied')).toHaveLength(255);
    expect(results[100]).toMatchObject({ state: 'failed', error: { message: 'no such branch' } });
    expect(database.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 255 });
    expect(effects(database), 'the failed one left no trace').toBe(255);
  });

  it('gives a failed event another chance', () => {
    const database = testStore();
    const event = testEvent({ event_type: 'build.failed' });
    eventApplier(database, [fails], () => 1)([event]);
    expect(eventApplier(database, [], () => 1)([event])).toEqual([{ state: 'applied' }]);
  });

  it('commits nothing of a batch when the store fails, and reports it', () => {
    const database = testStore();
    const full: EffectTable = {
      'disk.filled': () => {
        throw new StoreFault('FULL', 'database or disk is full');
      },
    };
    const apply = eventApplier(database, [counts, full], () => 1);
    expect(() =>
      apply([testEvent(), testEvent({ event_id: 'e2', event_type: 'disk.filled' })]),
    ).toThrow(StoreFault);
    expect(database.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 0 });
    expect(apply([testEvent()]), 'no transaction is left open').toEqual([{ state: 'applied' }]);
  });

  it('commits nothing when the store fails only in the second, careful pass', () => {
    const database = testStore();
    let calls = 0;
    const weak: EffectTable = {
      'disk.filled': () => {
        calls += 1;
        throw calls === 1 ? new Error('not yet') : new StoreFault('IOERR', 'disk I/O error');
      },
    };
    expect(() =>
      eventApplier(
        database,
        [weak],
        () => 1,
      )([testEvent(), testEvent({ event_id: 'e2', event_type: 'disk.filled' })]),
    ).toThrow(StoreFault);
    expect(database.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 0 });
  });

  it('skips an event that retention deleted before, and applies one that was only discarded or abandoned', () => {
    const database = testStore();
    for (const fate of ['expired', 'discarded', 'abandoned'])
      database.prepare('INSERT INTO tombstones VALUES (?, ?, 1)').run(fate, fate);
    const events = ['expired', 'discarded', 'abandoned'].map((event_id) => testEvent({ event_id }));
    expect(eventApplier(database, [], () => 1)(events).map(({ state }) => state)).toEqual([
      'known',
      'applied',
      'applied',
    ]);
  });

  it('runs the effects for every type before those of the type, of all features', () => {
    const order: string[] = [];
    const note = (text: string) => (): void => void order.push(text);
    const tables = [
      { 'build.failed': note('one') },
      { '*': note('all'), 'build.failed': note('two') },
    ];
    eventApplier(testStore(), tables, () => 1)([testEvent({ event_type: 'build.failed' })]);
    expect(order).toEqual(['all', 'one', 'two']);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { markReplay } from '../../../lib/journal/replay/replay.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import type { Database } from '../../../lib/store/database.ts';
import { mayDeliver } from '../../../lib/store/replay-rule.ts';
import { EFFECTS } from '../../../lib/worker/effects.ts';
import { testEvent } from '../../support/test-event.ts';
import { dumpStore, emptyStores, testStore } from '../../support/test-store.ts';
import { anyEvents } from '../worker/any-events.ts';

let drawn = 0;

/** A replay under a new id. */
function replayOf(
  event: EventEnvelope,
  aim: { readonly again?: boolean; readonly to?: string } = {},
): EventEnvelope {
  drawn += 1;
  return markReplay(
    event,
    { again: false, ...aim },
    { time: 1_790_000_000_000, random: drawn.toString(16).padStart(16, '0') },
  );
}

/** Everything but the events themselves, and the ids that are remembered. */
function derived(database: Database): unknown {
  const { events: _events, tombstones: _tombstones, ...rest } = dumpStore(database);
  return rest;
}

function applied(...batches: ReadonlyArray<readonly EventEnvelope[]>): Database {
  return appliedTo(testStore(), ...batches);
}

function appliedTo(
  database: Database,
  ...batches: ReadonlyArray<readonly EventEnvelope[]>
): Database {
  const apply = eventApplier(database, EFFECTS, () => 1);
  for (const batch of batches)
    for (const result of apply(batch)) expect(result).not.toMatchObject({ state: 'failed' });
  return database;
}

describe('a replay', () => {
  it('leaves derived tables as they were, whatever is replayed, how often and in whatever order', () => {
    const empty = emptyStores();
    const picks = anyEvents.chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.array(fc.array(fc.constantFrom(...events), { maxLength: 4 }), { maxLength: 4 }),
      ),
    );
    fc.assert(
      fc.property(picks, ([events, batches]) => {
        const replays = batches.map((batch) => batch.map((event) => replayOf(event)));
        const before = derived(appliedTo(empty(), events));
        expect(derived(appliedTo(empty(), events, ...replays))).toEqual(before);
        expect(
          derived(
            appliedTo(
              empty(),
              events,
              ...replays,
              events,
              ...replays.map((batch) => batch.map((event) => replayOf(event))),
            ),
          ),
        ).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });

  it('of events that a new store never saw has their effects once, and blocks the originals from having them again', () => {
    const empty = emptyStores();
    fc.assert(
      fc.property(anyEvents, (events) => {
        const replays = () => events.map((event) => replayOf(event));
        const before = derived(appliedTo(empty(), events));
        expect(derived(appliedTo(empty(), replays(), replays()))).toEqual(before);
        expect(derived(appliedTo(empty(), [...replays(), ...replays(), ...events]))).toEqual(
          before,
        );
        expect(derived(appliedTo(empty(), replays(), events))).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });

  it('of an event that has expired does not bring its rows back', () => {
    const event = testEvent({
      event_type: 'checkpoint.created',
      payload: { session_id: 's', kind: 'stop' },
    });
    const database = testStore();
    database
      .prepare("INSERT INTO tombstones (id, fate, at) VALUES (?, 'expired', 1)")
      .run(event.event_id);
    eventApplier(database, EFFECTS, () => 1)([replayOf(event)]);
    expect(database.prepare('SELECT 1 FROM checkpoints').all()).toEqual([]);
    expect(database.prepare('SELECT 1 FROM events').all()).toHaveLength(1);
  });

  it('runs effects a second time on request', () => {
    const event = testEvent({
      event_type: 'checkpoint.created',
      payload: { session_id: 's', kind: 'stop' },
    });
    const database = applied([event], [replayOf(event, { again: true })]);
    expect(database.prepare('SELECT 1 FROM checkpoints').all()).toHaveLength(2);
  });

  it('puts several into one entry, each under its own id', () => {
    const events = [1, 2, 3].map((n) =>
      testEvent({
        event_id: `e${n}`,
        event_type: 'checkpoint.created',
        payload: { session_id: 's', kind: 'stop' },
      }),
    );
    const parcel = testEvent({
      event_id: 'p',
      event_type: 'replay.parcel',
      payload: { events: [...events.map((event) => replayOf(event)), { event_type: 'x' }, 7] },
    });
    const database = testStore();
    const apply = eventApplier(database, EFFECTS, () => 1);
    expect(apply([parcel])).toEqual([{ state: 'applied' }]);
    expect(apply([parcel])).toEqual([{ state: 'known' }]);
    expect(database.prepare('SELECT id FROM checkpoints ORDER BY id').all()).toEqual([
      { id: 'e1' },
      { id: 'e2' },
      { id: 'e3' },
    ]);
    expect(database.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 3 });
  });
});

describe('mayDeliver', () => {
  const event = testEvent({ metadata: { tags: ['nightly', 'to:user/notify'] } });

  it.each([
    ['a new event, whatever its tags', event, 'user/other', true],
    ['a replay', replayOf(event), 'user/notify', false],
    ['a replay for it', replayOf(event, { to: 'user/notify' }), 'user/notify', true],
    ['a replay for it, by its short name', replayOf(event, { to: 'notify' }), 'user/notify', true],
    ['a replay for another', replayOf(event, { to: 'notify' }), 'user/other', false],
    [
      'a replay for another whose name ends alike',
      replayOf(event, { to: 'tify' }),
      'user/notify',
      false,
    ],
    ['a replay for all', replayOf(event, { again: true }), 'user/other', true],
    [
      'a replay for another, effects included',
      replayOf(event, { again: true, to: 'notify' }),
      'user/other',
      false,
    ],
  ])('of %s says it', (_title, one, name, expected) => {
    expect(mayDeliver(one, name)).toBe(expected);
  });

  it('keeps the other tags of an event, and the original of a replay', () => {
    const replay = replayOf(replayOf(event, { to: 'a' }), { again: true });
    expect(replay.metadata).toEqual({ tags: ['again', 'nightly'], replay_of: event.event_id });
  });
});

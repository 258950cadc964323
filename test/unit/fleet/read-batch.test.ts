import { describe, expect, it } from 'vitest';
import { shareRules } from '../../../lib/fleet/field-groups.ts';
import { type FleetBatch, readBatch } from '../../../lib/fleet/read-batch.ts';
import { entryFields } from '../../../lib/fleet/redis/feed-entry.ts';
import { MAX_ENTRY_TEXT } from '../../../lib/fleet/redis/feed-keys.ts';
import { shapesOf, sharedTables, trackedTables } from '../../../lib/fleet/shared-tables.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import { startTracking } from '../../../lib/store/changed-rows.ts';
import { EFFECTS } from '../../../lib/worker/effects.ts';
import { testEvent } from '../../support/test-event.ts';
import { testStore } from '../../support/test-store.ts';

const NOW = 1_795_000_000_000;

/** A store of a machine with prompts of so many letters each. */
function storeWith(count: number, letters: number) {
  const store = testStore();
  startTracking(store, trackedTables(sharedTables(store)));
  const events = Array.from({ length: count }, (_, n) =>
    testEvent({
      event_id: `evt_20261122_044832_${String(n).padStart(16, '0')}`,
      payload: { session_id: `s${n % 3}`, project: '/work', prompt: 'x'.repeat(letters) },
    }),
  );
  eventApplier(store, EFFECTS, () => NOW)(events);
  return store;
}

function allBatches(store: ReturnType<typeof testStore>): readonly FleetBatch[] {
  const shapes = shapesOf(sharedTables(store));
  const rules = shareRules(['*=figures+places+commands+texts']);
  const batches: FleetBatch[] = [];
  for (let after = { change: 0, event: 0 }; ; ) {
    const batch = readBatch(store, after, { shapes, rules, salt: 'salt', most: 500 });
    if (batch === undefined) return batches;
    batches.push(batch);
    after = { change: batch.upTo, event: batch.eventsUpTo };
  }
}

const rowsOf = (batches: readonly FleetBatch[], table: string): number =>
  batches
    .flatMap(({ changes }) => changes)
    .filter((change) => 'into' in change && change.into.table === table).length;

describe('readBatch', () => {
  it('sends short rows in one batch', () => {
    const batches = allBatches(storeWith(60, 10));
    expect(batches).toHaveLength(1);
    expect([rowsOf(batches, 'prompts'), rowsOf(batches, 'events')]).toEqual([60, 60]);
  });

  it('ends a batch with long rows after a million letters, and leaves no row out', () => {
    const letters = 60_000;
    const batches = allBatches(storeWith(60, letters));
    expect([rowsOf(batches, 'prompts'), rowsOf(batches, 'events')]).toEqual([60, 60]);
    for (const { changes, numbers, eventsAt } of batches) {
      expect(JSON.stringify(changes).length).toBeLessThan(1_000_000 + 2 * letters);
      expect(numbers).toHaveLength(changes.length);
      expect(numbers.slice(0, eventsAt)).toEqual(
        numbers.slice(0, eventsAt).toSorted((a, b) => a - b),
      );
    }
    for (const [at, { from }] of batches.entries())
      expect(from.change).toBe(batches[at - 1]?.upTo ?? 0);
  });
});

describe('entryFields', () => {
  it('refuses a batch that no worker takes', () => {
    const [batch] = allBatches(storeWith(1, MAX_ENTRY_TEXT));
    const head = {
      ...{ host: 'h', name: 'n', person: 'p', version: '1', feed: 'f', round: 'r' },
      start: { change: 0, event: 0 },
    };
    expect(() => batch && entryFields(head, batch, NOW)).toThrow(
      expect.objectContaining({ kind: 'refused' }),
    );
  });
});

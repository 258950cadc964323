import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectSameInAnyOrder } from '../../support/any-order.ts';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import { EFFECTS } from '../../../lib/worker/effects.ts';
import { learnFailedCalls } from '../../support/learn.ts';
import { dumpStore, testStore } from '../../support/test-store.ts';
import { anyEvents } from './any-events.ts';

/** The store after these batches, and what failures teach behind each. */
function storeAfter(batches: readonly (readonly EventEnvelope[])[]): unknown {
  const database = testStore();
  const apply = eventApplier(database, EFFECTS, () => 1);
  for (const batch of batches) {
    for (const result of apply(batch)) expect(result).not.toMatchObject({ state: 'failed' });
    learnFailedCalls(database);
  }
  const dump = dumpStore(database);
  database.close();
  return dump;
}

describe('EFFECTS', () => {
  it('leave the same store behind in any order of events, together or one by one', () => {
    expectSameInAnyOrder(anyEvents, storeAfter, 150);
  }, 240_000);

  it('leave the same store behind however often events come again, and in whatever batches', () => {
    const repeated = anyEvents.chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.array(fc.array(fc.constantFrom(...events), { maxLength: 5 }), { maxLength: 5 }),
      ),
    );
    fc.assert(
      fc.property(repeated, ([events, again]) => {
        expect(storeAfter([...again, events, ...again])).toEqual(storeAfter([events]));
      }),
      { numRuns: 80 },
    );
  }, 240_000);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectSameInAnyOrder } from '../../support/any-order.ts';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import type { Database } from '../../../lib/store/database.ts';
import { EFFECTS } from '../../../lib/worker/effects.ts';
import { learnFailedCalls } from '../../support/learn.ts';
import { dumpStore, emptyStores } from '../../support/test-store.ts';
import { anyEvents } from './any-events.ts';

/** The store after these batches, and what failures teach behind each. */
function storeAfter(database: Database, batches: readonly (readonly EventEnvelope[])[]): unknown {
  const apply = eventApplier(database, EFFECTS, () => 1);
  for (const batch of batches) {
    for (const result of apply(batch)) expect(result).not.toMatchObject({ state: 'failed' });
    learnFailedCalls(database);
  }
  return dumpStore(database);
}

describe('EFFECTS', () => {
  it('leave the same store behind in any order of events, together or one by one', () => {
    const empty = emptyStores();
    expectSameInAnyOrder(anyEvents, (batches) => storeAfter(empty(), batches), 150);
  }, 240_000);

  it('leave the same store behind however often events come again, and in whatever batches', () => {
    const empty = emptyStores();
    const repeated = anyEvents.chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.array(fc.array(fc.constantFrom(...events), { maxLength: 5 }), { maxLength: 5 }),
      ),
    );
    fc.assert(
      fc.property(repeated, ([events, again]) => {
        const once = storeAfter(empty(), [events]);
        expect(storeAfter(empty(), [...again, events, ...again])).toEqual(once);
      }),
      { numRuns: 80 },
    );
  }, 240_000);
});

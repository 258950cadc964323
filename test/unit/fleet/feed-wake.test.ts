import { expect, it } from 'vitest';
import { FleetFeed } from '../../../lib/fleet/feed.ts';
import { shareRules } from '../../../lib/fleet/field-groups.ts';
import { sharedTables, trackedTables } from '../../../lib/fleet/shared-tables.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import { setFeedState, startTracking } from '../../../lib/store/changed-rows.ts';
import { EFFECTS } from '../../../lib/worker/effects.ts';
import { testEvent } from '../../support/test-event.ts';
import { testStore } from '../../support/test-store.ts';

it('sends news that comes while a run of the feed ends', async () => {
  const store = testStore();
  const tables = sharedTables(store);
  startTracking(store, trackedTables(tables));
  setFeedState(store, { feed: 'f', changes: 0, events: 0 });
  const apply = eventApplier(store, EFFECTS, () => 1);
  const prompt = (n: number) =>
    apply([
      testEvent({
        event_id: `evt_20261122_044832_0123456789ab000${n}`,
        payload: { session_id: 's', project: '/work', prompt: 'x' },
      }),
    ]);
  const sent: number[] = [];
  let receipts = 0;
  let upTo = { change: 0, event: 0 };
  const feed = new FleetFeed({
    ...{ database: () => store, tables: () => tables, salt: 'salt', clock: () => 1 },
    rules: () => shareRules(['*=figures']),
    open: async () => ({
      arrived: upTo,
      isExact: true,
      maxAhead: 1,
      send: async (batch) => {
        upTo = { change: batch.upTo, event: batch.eventsUpTo };
        sent.push(batch.eventsUpTo);
      },
      receipt: async () => {
        const answer = { upTo, isLost: false };
        receipts += 1;
        if (receipts !== 2) return answer;
        // behind the last look for news, before the end of the run
        queueMicrotask(() => {
          prompt(2);
          feed.poke();
        });
        return answer;
      },
      close: async () => undefined,
    }),
    pause: async () => undefined,
    log: () => undefined,
  });
  prompt(1);
  await feed.drain();
  await feed.close();
  expect(sent).toEqual([1, 2]);
});

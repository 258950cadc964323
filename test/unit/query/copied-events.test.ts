import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { countEvents } from '../../../lib/query/count-events.ts';
import { readEventLog } from '../../../lib/query/event-log.ts';
import { type EventFilter, listEvents } from '../../../lib/query/events.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testEvent } from '../../support/test-event.ts';
import { finishJournal, openTestJournal } from '../../support/test-journal.ts';
import { testStore } from '../../support/test-store.ts';

const NOW = Date.parse('2026-11-22T05:00:00Z');
const ORIGINAL = testEvent({ event_id: 'evt_original' });

function replayed(event_id: string, replay_of: string, tags: readonly string[] = []) {
  return testEvent({ event_id, metadata: { replay_of, tags: [...tags] } });
}

/** Ids as `events` lists them, their number as it counts them, and ids as `log` shows them. */
async function seen(events: readonly EventEnvelope[], own: Partial<EventFilter> = {}) {
  const folder = stateFolderAt(tempFolder());
  const store = testStore();
  const clock = () => NOW;
  const journal = openTestJournal(folder, clock, store);
  eventApplier(store, [], clock)(events);
  await finishJournal(journal);
  const filter = { limit: 50, ...own };
  const idOf = (event: { readonly [name: string]: unknown }) => event['event_id'];
  const counts = await countEvents(store, 'type', filter);
  return {
    listed: (await listEvents(store, filter)).map(idOf),
    counted: counts.reduce((sum, { count }) => sum + count, 0),
    logged: (await readEventLog(folder, filter, () => undefined)).map(idOf),
  };
}

describe('a replay', () => {
  it('is not shown or counted beside its original', async () => {
    const events = [ORIGINAL, replayed('evt_a', 'evt_original', ['to:notify'])];
    expect(await seen(events)).toEqual({
      listed: ['evt_original'],
      counted: 1,
      logged: ['evt_original'],
    });
  });

  it('is shown where replays are asked for', async () => {
    const events = [ORIGINAL, replayed('evt_a', 'evt_original')];
    expect(await seen(events, { replays: true })).toEqual({
      listed: ['evt_original', 'evt_a'],
      counted: 2,
      logged: ['evt_original', 'evt_a'],
    });
  });

  it('is shown when it happened a second time', async () => {
    const events = [ORIGINAL, replayed('evt_a', 'evt_original', ['again'])];
    expect(await seen(events)).toMatchObject({
      listed: ['evt_original', 'evt_a'],
      counted: 2,
      logged: ['evt_original', 'evt_a'],
    });
  });

  it('is shown once in the place of an original that the store does not have', async () => {
    const events = [replayed('evt_a', 'evt_lost'), replayed('evt_b', 'evt_lost')];
    expect(await seen(events)).toMatchObject({ listed: ['evt_a'], counted: 1 });
  });
});

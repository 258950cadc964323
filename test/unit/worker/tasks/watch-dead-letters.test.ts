import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type EventDraft, sealEvent } from '../../../../lib/events/envelope.ts';
import { queueFolder } from '../../../../lib/queue/queue-folder.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import { deadLetterWatch } from '../../../../lib/worker/tasks/watch-dead-letters.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testStore } from '../../../support/test-store.ts';

function setUp() {
  const queue = queueFolder(tempFolder());
  mkdirSync(queue.dead, { recursive: true });
  const database = testStore();
  const { clock, advance } = fakeClock();
  const alerts: EventDraft[] = [];
  const watch = () =>
    deadLetterWatch({
      queue,
      clock,
      database: () => database,
      emit: (draft) => void alerts.push(draft),
    });
  let made = 0;
  const next = (): string => {
    made += 1;
    return String(made);
  };
  return {
    alerts,
    advance,
    watch,
    bury: () => writeFileSync(`${queue.dead}/${next()}.json`, '{}'),
    refuse: () =>
      void database
        .prepare(
          "INSERT INTO deliveries (event_id, subscription, state, due_at, created_at) VALUES (?, 'user/x', 'dead', 1, 1)",
        )
        .run(next()),
    discardAll: () => database.exec('DELETE FROM deliveries'),
    /** What was said is in the store by now. */
    store: () =>
      eventApplier(
        database,
        [],
        clock,
      )(
        alerts.map((draft, index) =>
          sealEvent(draft, { time: clock(), random: String(index).padStart(16, '0') }, 'worker'),
        ),
      ),
  };
}

describe('deadLetterWatch', () => {
  it('raises an alert when dead letters of either kind grow, at most one an hour', () => {
    const { alerts, advance, watch, bury, refuse } = setUp();
    const look = watch();
    look();
    expect(alerts).toEqual([]);
    bury();
    refuse();
    look();
    expect(alerts).toMatchObject([
      {
        type: 'system.health_alert',
        payload: { reason: 'dead-letters', entries: 1, deliveries: 1 },
      },
    ]);
    refuse();
    advance(3_599_000);
    look();
    expect(alerts).toHaveLength(1);
    advance(1_000);
    look();
    look();
    expect(alerts).toHaveLength(2);
    expect(alerts[1]?.payload['message']).toContain('1 new dead letter:');
  });

  it('does not repeat an alert after a restart', () => {
    const { alerts, watch, refuse, store, advance } = setUp();
    refuse();
    watch()();
    store();
    advance(7_200_000);
    watch()();
    expect(alerts).toHaveLength(1);
  });

  it('reports one that follows after others were discarded', () => {
    const { alerts, advance, watch, refuse, discardAll } = setUp();
    const look = watch();
    refuse();
    look();
    discardAll();
    advance(3_600_000);
    look();
    refuse();
    look();
    expect(alerts).toHaveLength(2);
  });
});

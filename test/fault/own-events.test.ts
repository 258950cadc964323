import { afterAll, beforeAll, describe, it } from 'vitest';
import { eventApplier } from '../../lib/store/apply-events.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { eventually } from '../support/eventually.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { testEvent } from '../support/test-event.ts';
import { testHome } from '../support/test-home.ts';

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

describe('what a handler of ours says while its worker sleeps', () => {
  it('is stored at once, far from any time-out', async () => {
    const home = testHome();
    const store = openStore(home.folder.store, sqliteDriver());
    const check = testEvent({ event_type: 'system.observability_check' });
    eventApplier(store, [], Date.now)([check]);
    store
      .prepare(
        "INSERT INTO deliveries (event_id, subscription, due_at, created_at) VALUES (?, 'builtin/observability', ?, 1)",
      )
      .run(check.event_id, Date.now() + 4_000); // by then it sleeps
    store.close();
    programs.worker({
      home: home.root,
      flags: { readTimeout: 60, readTimeoutMax: 60, heartbeatInterval: 600 },
    });
    await eventually(
      'it was delivered',
      () => home.rows("SELECT 1 FROM deliveries WHERE state = 'done'").length === 1,
      30_000,
    );
    await eventually(
      'what it said is stored',
      () => home.rows("SELECT 1 FROM events WHERE type = 'system.health_sampled'").length === 1,
    );
  });
});

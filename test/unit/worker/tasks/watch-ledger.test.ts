import { describe, expect, it } from 'vitest';
import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import type { EventDraft } from '../../../../lib/events/envelope.ts';
import { ledgerWatch } from '../../../../lib/worker/tasks/watch-ledger.ts';
import { testHome } from '../../../support/test-home.ts';
import { testStore } from '../../../support/test-store.ts';

const LOST = 'evt_20231114_221320_00000000000000aa';
const REFUSED = 'evt_20231114_221320_00000000000000bb';

function setUp() {
  const { folder } = testHome();
  const session = `${folder.throttle}/s1`;
  mkdirSync(session, { recursive: true });
  const alerts: EventDraft[] = [];
  const database = testStore();
  const look = ledgerWatch({
    folder,
    clock: Date.now,
    database: () => database,
    emit: (draft) => void alerts.push(draft),
  });
  return { look, session, alerts, database };
}

describe('ledgerWatch', () => {
  it('raises one alert for an event that is nowhere at two checks', () => {
    const { look, session, alerts } = setUp();
    writeFileSync(`${session}/captured`, `${LOST}\n`);
    look();
    expect(alerts, 'it may be on its way').toEqual([]);
    look();
    look();
    expect(alerts).toMatchObject([
      { type: 'system.health_alert', priority: 0, payload: { reason: 'ledger-gap', ids: [LOST] } },
    ]);
  });

  it('raises none for an event that was only late', () => {
    const { look, session, alerts, database } = setUp();
    writeFileSync(`${session}/captured`, `${LOST}\n`);
    look();
    database
      .prepare(
        "INSERT INTO events (id, type, at, source, envelope, stored_at) VALUES (?, 'a.b', 1, 's', '{}', 1)",
      )
      .run(LOST);
    look();
    expect(alerts).toEqual([]);
  });

  it('reports refused events at once, each once', () => {
    const { look, session, alerts } = setUp();
    writeFileSync(`${session}/captured`, `${REFUSED}\n`);
    appendFileSync(`${session}/refused`, `${REFUSED}\n`);
    look();
    look();
    expect(alerts).toMatchObject([{ payload: { reason: 'queue-full', ids: [REFUSED] } }]);
  });

  it('checks only active sessions', () => {
    const { look, session, alerts } = setUp();
    writeFileSync(`${session}/captured`, `${LOST}\n`);
    const old = Date.now() / 1000 - 7_200;
    utimesSync(`${session}/captured`, old, old);
    look();
    look();
    expect(alerts).toEqual([]);
  });
});

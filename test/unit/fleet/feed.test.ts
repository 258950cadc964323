import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { sharedTables } from '../../../lib/fleet/shared-tables.ts';
import { forgetRows } from '../../../lib/retention/forget.ts';
import { executePlan, planCleanUp } from '../../../lib/retention/clean-up.ts';
import { NO_LIMITS } from '../../../lib/retention/keepers.ts';
import { runAllSlices } from '../../../lib/core/sliced.ts';
import { feedState, setFeedState, trackedChanges } from '../../../lib/store/changed-rows.ts';
import type { Database, Row } from '../../../lib/store/database.ts';
import { rememberForgotten } from '../../../lib/store/forgotten.ts';
import { PostgresFault } from '../../../lib/store/postgres/postgres-fault.ts';
import type { PostgresSession } from '../../../lib/store/postgres/session.ts';
import { toldColumns } from '../../../lib/store/postgres/table-shape.ts';
import {
  backupOf,
  fleetMachine,
  kept,
  teamRows,
  type TestTeam,
  testTeam,
} from '../../support/fleet-scene.ts';
import { testEvent } from '../../support/test-event.ts';
import { testHome } from '../../support/test-home.ts';
import { anyEvents } from '../worker/any-events.ts';

let team: TestTeam;
let session: PostgresSession;
beforeAll(async () => {
  team = await testTeam();
  session = team.session;
});
afterAll(() => team.close());
beforeEach(() => team.empty());

const [ONE, TWO] = ['evt_20261122_044832_0123456789ab0001', 'evt_20261122_044833_0123456789ab0002'];

/** What a store has of the shared tables, as the team should have it. */
function localRows(store: Database): Readonly<Record<string, readonly Row[]>> {
  return Object.fromEntries(
    sharedTables(store).map(({ shape }) => {
      const { table, key } = shape.definition;
      const columns = toldColumns(shape).map(({ name }) => `"${name}"`);
      const order = key.map((name) => `"${name}"`).join();
      return [
        table,
        store.prepare(`SELECT ${columns.join()} FROM ${table} ORDER BY ${order}`).all(),
      ];
    }),
  );
}

async function rowsOfTeam(host: string): Promise<Readonly<Record<string, readonly Row[]>>> {
  const tables = sharedTables(fleetMachine(session).store);
  const rows: Record<string, readonly Row[]> = {};
  for (const { shape } of tables) {
    const { table, key } = shape.definition;
    const columns = toldColumns(shape).map(({ name }) => `"${name}"`);
    const order = key.map((name) => `"${name}"`).join();
    const found = await session.query(
      `SELECT ${columns.join()} FROM waymark_rows."${table}" WHERE host = $1 ORDER BY ${order}`,
      [host],
    );
    rows[table] = found;
  }
  return rows;
}

describe('feed of a team', () => {
  it('sends what is applied, and nothing when nothing changed', async () => {
    const { apply, feed, store } = fleetMachine(session);
    apply(testEvent());
    await feed.drain();
    expect(await rowsOfTeam('host-a')).toEqual(localRows(store));
    expect(await teamRows(session, 'prompts')).toEqual([
      { host: 'host-a', session_id: 'session-1', id: ONE },
    ]);
    const { sent } = feedState(store);
    expect(trackedChanges(store).waiting).toBe(0);
    await feed.drain();
    expect(feedState(store)['sent']).toBe(sent);
  });

  it('leaves at the team what is here, whatever happens in which order and whichever batch fails', async () => {
    const failing = fc.array(fc.constantFrom('sent', 'lost', 'lost after the commit'), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvents, { maxLength: 3 }), failing, async (rounds, weather) => {
        await team.empty();
        let now = 1_795_000_000_000;
        const outcomes = [...weather];
        const through = (real: PostgresSession): PostgresSession => ({
          ...kept(real),
          script: async (text) => {
            const outcome = text === 'COMMIT' ? outcomes.shift() : 'sent';
            if (outcome === 'lost') throw new PostgresFault('busy', 'lost', undefined);
            await real.script(text);
            if (outcome === 'lost after the commit')
              throw new PostgresFault('busy', 'lost', undefined);
          },
        });
        const { apply, feed, store } = fleetMachine(session, { through, clock: () => now });
        for (const [index, events] of rounds.entries()) {
          apply(...events.map((event) => ({ ...event, event_id: `${event.event_id}${index}` })));
          await feed.drain();
          now += 600_000;
        }
        for (let n = 0; n <= weather.length; n += 1) {
          now += 600_000;
          await feed.drain();
        }
        expect(await rowsOfTeam('host-a')).toEqual(localRows(store));
      }),
      { numRuns: 12 },
    );
  });

  it('sends nothing of a folder that is not shared, and only the fields that are', async () => {
    const { apply, feed } = fleetMachine(session, { shares: ['/work/project=figures'] });
    apply(
      testEvent(),
      testEvent({
        event_id: TWO,
        payload: { session_id: 'session-2', project: '/home/ann/diary', prompt: 'dear diary' },
      }),
    );
    await feed.drain();
    const [only, ...others] = await teamRows(session, 'sessions');
    expect(only).toMatchObject({ id: 'session-1', project: null, first_event_at: 1795322912123 });
    expect(others).toEqual([]);
    const events = await teamRows(session, 'events');
    expect(JSON.stringify(events)).not.toMatch(/do it|diary|work/);
    expect(await teamRows(session, 'session_log')).toMatchObject([{ id: ONE, detail: null }]);
  });

  it('keeps rows of two machines apart that have one name and the same keys', async () => {
    const machines = ['host-a', 'host-b'].map((host) => fleetMachine(session, { host }));
    for (const { apply, feed } of machines) {
      apply(testEvent());
      await feed.drain();
    }
    const hosts = (await teamRows(session, 'sessions')).map(({ host }) => host);
    expect(hosts).toEqual(['host-a', 'host-b']);
  });

  it('removes at the team what was forgotten here, and no other session', async () => {
    const { apply, feed, store } = fleetMachine(session);
    const other = { session_id: 'session-2', project: '/work/project', prompt: 'stay' };
    apply(testEvent(), testEvent({ event_id: TWO, payload: other }));
    await feed.drain();
    rememberForgotten(store, ['session-1'], 1);
    forgetRows(store, new Set(['session-1']));
    expect(JSON.stringify(store.prepare('SELECT * FROM fleet_changes').all())).not.toContain(
      'session-1',
    );
    await feed.drain();
    const left = await rowsOfTeam('host-a');
    expect(JSON.stringify(left)).not.toContain('session-1');
    expect(left).toEqual(localRows(store));
    expect(left['sessions']).toHaveLength(1);
  });

  it('leaves at the team what is too old here', async () => {
    const { apply, feed, store } = fleetMachine(session);
    apply(testEvent());
    await feed.drain();
    const before = await rowsOfTeam('host-a');
    const settings = { ...NO_LIMITS, retention: 1, transcriptsKeep: 1 };
    const now = Date.parse('2030-01-01');
    const { folder } = testHome();
    const parts = { folder, database: store, settings, now, written: 1_000 };
    executePlan(store, runAllSlices(planCleanUp(parts)));
    expect(store.prepare('SELECT * FROM sessions').all()).toEqual([]);
    await feed.drain();
    expect(await rowsOfTeam('host-a')).toEqual(before);
  });

  it('sends everything again after an older copy of the store was put back', async () => {
    const { apply, feed, store } = fleetMachine(session);
    apply(testEvent());
    await feed.drain();
    const { apply: applyHere, feed: other, store: older } = fleetMachine(session);
    setFeedState(older, { feed: String(feedState(store)['feed']) });
    const later = { event_id: TWO, timestamp: '2026-11-23T04:48:32.123Z' };
    await session.query('UPDATE waymark_rows.hosts SET applied = 999, applied_events = 999');
    applyHere(testEvent(later));
    await other.drain();
    expect((await teamRows(session, 'prompts')).map(({ id }) => id)).toEqual([ONE, TWO]);
    expect(feedState(older)['feed']).not.toBe(feedState(store)['feed']);
  });

  it('sends everything again after PostgreSQL was restored from a backup, once', async () => {
    const { apply, feed, store } = fleetMachine(session);
    const idOf = (n: number): string => `evt_20261122_044832_0123456789ab000${n}`;
    apply(testEvent({ event_id: idOf(0) }));
    await feed.drain();
    const restore = await backupOf(session, 'host-a');
    apply(testEvent({ event_id: idOf(1) }));
    await feed.drain();
    await restore();
    expect(await teamRows(session, 'prompts')).toHaveLength(1);
    await feed.close(); // the server has ended its connections
    const { feed: next } = fleetMachine(session, { store, keepsState: true });
    apply(testEvent({ event_id: idOf(2) }));
    await next.drain();
    expect((await teamRows(session, 'prompts')).map(({ id }) => id)).toEqual([0, 1, 2].map(idOf));
    const { feed: name, sent } = feedState(store);
    await next.close();
    const { feed: last } = fleetMachine(session, { store, keepsState: true });
    apply(testEvent({ event_id: idOf(3) }));
    await last.drain();
    expect(feedState(store)['feed']).toBe(name);
    expect(Number(feedState(store)['sent']) - Number(sent)).toBeLessThan(10);
    await last.close();
  });

  it('leaves a row out that the server refuses, and sends all others', async () => {
    const { apply, feed, store } = fleetMachine(session);
    await session.script(
      "ALTER TABLE waymark_rows.prompts ADD CONSTRAINT odd CHECK (id NOT LIKE '%0005')",
    );
    onTestFinished(() => session.script('ALTER TABLE waymark_rows.prompts DROP CONSTRAINT odd'));
    apply(
      ...Array.from({ length: 9 }, (_, n) =>
        testEvent({ event_id: `evt_20261122_044832_0123456789ab000${n}` }),
      ),
    );
    await feed.drain();
    const ids = (await teamRows(session, 'prompts')).map(({ id }) => String(id).at(-1));
    expect(ids.join('')).toBe('01234678');
    expect(trackedChanges(store).waiting).toBe(0);
    expect(feedState(store)['error']).toBeUndefined();
    // PostgreSQL has its place, too: it does not look as if it had lost something
    const [host] = await session.query('SELECT applied, applied_events FROM waymark_rows.hosts');
    const { changes, events } = feedState(store);
    expect(host).toEqual({ applied: changes, applied_events: events });
  });

  it('keeps what cannot be sent, says why, and waits longer each time', async () => {
    let isDown = true;
    let now = 0;
    const through = (real: PostgresSession): PostgresSession =>
      isDown
        ? {
            ...kept(real),
            query: async () => {
              throw new PostgresFault('down', 'connect ECONNREFUSED', undefined);
            },
          }
        : kept(real);
    const { apply, feed, store } = fleetMachine(session, { through, clock: () => now });
    apply(testEvent());
    await feed.drain();
    expect(feedState(store)['error']).toBe('connect ECONNREFUSED');
    const first = feed.poke() ?? 0;
    now += first;
    await feed.drain();
    expect(feed.poke()).toBe(first * 2);
    isDown = false;
    now += first * 2;
    await feed.drain();
    expect(await rowsOfTeam('host-a')).toEqual(localRows(store));
    expect(feedState(store)['error']).toBeUndefined();
  });
});

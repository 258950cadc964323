import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FleetFeed } from '../../lib/fleet/feed.ts';
import { shareRules } from '../../lib/fleet/field-groups.ts';
import { openPostgresOutlet } from '../../lib/fleet/outlet.ts';
import { sharedTables, teamTables, trackedTables } from '../../lib/fleet/shared-tables.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import { feedState, setFeedState, startTracking } from '../../lib/store/changed-rows.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { migratePostgres } from '../../lib/store/postgres/migrate-postgres.ts';
import { EFFECTS } from '../../lib/worker/effects.ts';
import {
  type PostgresServer,
  postgresPrograms,
  startPostgres,
} from '../support/postgres-server.ts';
import { testEvent } from '../support/test-event.ts';
import { testStore } from '../support/test-store.ts';

const isLong = process.env['WAYMARK_FAULT_LONG'] === '1';
const EVENTS = isLong ? 50_000 : 1_500;
const KILLS = isLong ? 20 : 3;

/** A feed that connects by itself, and whose time passes when the test says so. */
function machine(server: PostgresServer, host: string) {
  const store = testStore();
  const tables = sharedTables(store);
  startTracking(store, trackedTables(tables));
  setFeedState(store, { feed: host });
  let now = 1_795_000_000_000;
  const feed = new FleetFeed({
    database: () => store,
    tables: () => tables,
    rules: () => shareRules(['*=figures+places+commands+texts']),
    salt: 'salt',
    open: (feed) =>
      openPostgresOutlet({
        host: { host, name: 'laptop', person: 'ann', version: '1', feed },
        url: server.url(),
        tables,
      }),
    clock: () => now,
    pause: async () => undefined,
    log: () => undefined,
  });
  const apply = eventApplier(store, EFFECTS, () => now);
  const send = async (): Promise<unknown> => {
    now += 120_000;
    await feed.drain();
    return feedState(store)['error'];
  };
  return { store, feed, apply, send };
}

function prompts(from: number, count: number) {
  return Array.from({ length: count }, (_, n) =>
    testEvent({
      event_id: `evt_20261122_044832_${String(from + n).padStart(16, '0')}`,
      payload: { session_id: `s${(from + n) % 40}`, project: '/work', prompt: `p${from + n}` },
    }),
  );
}

describe.skipIf(postgresPrograms() === undefined)('a team whose PostgreSQL fails', () => {
  let server: PostgresServer;
  let admin: PostgresSession;

  const count = async (table: string, host: string): Promise<number> => {
    const session = await server.connect();
    const [row] = await session.query(
      `SELECT count(*) AS n FROM waymark_rows.${table} WHERE host = $1`,
      [host],
    );
    await session.close();
    return Number(row?.['n']);
  };

  beforeAll(async () => {
    server = await startPostgres(postgresPrograms() ?? '');
    admin = await server.connect();
  });
  afterAll(async () => {
    await admin.close();
    server.remove();
  });

  it('has each row once after it was killed in the middle of batches', {
    timeout: 300_000,
  }, async () => {
    await migratePostgres(admin, teamTables(testStore()), 'test');
    const { apply, send, feed } = machine(server, 'killed');
    const size = Math.ceil(EVENTS / KILLS);
    for (let kill = 0; kill < KILLS; kill += 1) {
      apply(prompts(kill * size, size));
      const other = await server.connect();
      const table = ['prompts', 'events', 'sessions'][kill % 3];
      await other.script(`BEGIN; LOCK TABLE waymark_rows.${table} IN ACCESS EXCLUSIVE MODE`);
      const sending = send();
      const isWaiting = async (): Promise<boolean> =>
        (await other.query('SELECT 1 FROM pg_locks WHERE NOT granted', [])).length > 0;
      while (!(await isWaiting())) await sleep(5); // it is in the middle of its batch
      server.stop('immediate');
      expect(await sending).toBeTypeOf('string');
      await server.start();
    }
    expect(await send()).toBeUndefined();
    expect(await count('events', 'killed')).toBe(size * KILLS);
    expect(await count('prompts', 'killed')).toBe(size * KILLS);
    expect(await count('sessions', 'killed')).toBe(40);
    await feed.close();
    admin = await server.connect();
  });

  it('is told of what waited while it took no writes', async () => {
    const { apply, send, feed } = machine(server, 'readonly');
    await admin.script('ALTER SYSTEM SET default_transaction_read_only = on');
    await admin.script('SELECT pg_reload_conf()');
    apply(prompts(0, 5));
    expect(await send()).toMatch(/read-only/);
    const session = await server.connect();
    await session.script('SET default_transaction_read_only = off');
    await session.script('ALTER SYSTEM RESET default_transaction_read_only');
    await session.script('SELECT pg_reload_conf()');
    await session.close();
    expect(await send()).toBeUndefined();
    expect(await count('prompts', 'readonly')).toBe(5);
    await feed.close();
  });

  it('is told of what waited while it had no connection left', async () => {
    const { apply, send, feed } = machine(server, 'crowd');
    const crowd: PostgresSession[] = [];
    for (let n = 0; n < 30; n += 1) {
      const session = await server.connect().catch(() => undefined);
      if (session === undefined) break;
      crowd.push(session);
    }
    apply(prompts(0, 5));
    expect(await send()).toMatch(/too many clients|connection slots/);
    for (const session of crowd) await session.close();
    expect(await send()).toBeUndefined();
    expect(await count('prompts', 'crowd')).toBe(5);
    await feed.close();
  });

  it.each([
    ['a later', '999', /version 999/],
    ['no', '0', /has no tables|of version 0/],
  ])('is told nothing while its schema is of %s version', async (_what, version, message) => {
    const { apply, send, feed } = machine(server, `schema${version}`);
    const table = 'waymark_rows.schema_versions';
    await admin.script(`CREATE TABLE public.kept AS SELECT * FROM ${table}`);
    await admin.script(
      `DELETE FROM ${table} WHERE version > 1; UPDATE ${table} SET version = ${version}`,
    );
    apply(prompts(0, 5));
    expect(await send()).toMatch(message);
    await admin.script(
      `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM public.kept; DROP TABLE public.kept`,
    );
    expect(await send()).toBeUndefined();
    expect(await count('prompts', `schema${version}`)).toBe(5);
    await feed.close();
  });

  it('has what a laptop brings back after a week, and knows that its clock is a day ahead', async () => {
    const { apply, send, feed, store } = machine(server, 'away');
    for (let day = 0; day < 7; day += 1) apply(prompts(day * 100, 100));
    expect(await send()).toBeUndefined();
    expect(await count('prompts', 'away')).toBe(700);
    const [row] = await admin.query(
      "SELECT abs(clock_ahead_ms) > 3600000 AS wrong FROM waymark.hosts WHERE host = 'away'",
    );
    expect(row).toEqual({ wrong: 1 });
    expect(feedState(store)['error']).toBeUndefined();
    await feed.close();
  });
});

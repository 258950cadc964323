import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPostgres } from '../../lib/store/postgres/connect.ts';
import { outletOf } from '../../lib/fleet/outlet.ts';
import { sharedTables } from '../../lib/fleet/shared-tables.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { migrate } from '../../lib/store/migrate.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { fleetMachine, type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { testEvent } from '../support/test-event.ts';
import { preparedStore } from '../unit/cli/prepared-store.ts';
import { runCommand } from '../unit/cli/run-command.ts';

describe.skipIf(postgresPrograms() === undefined)('roles of a team', () => {
  let team: TestTeam;
  const sessions = new Map<string, PostgresSession>();
  const as = async (role: string): Promise<PostgresSession> => {
    const open = sessions.get(role);
    if (open !== undefined) return open;
    const url = team.url.replace('owner@', `${role}@`);
    const session = await connectPostgres({ url, name: 'test' });
    sessions.set(role, session);
    return session;
  };

  beforeAll(async () => {
    team = await testTeam();
    await team.session.script(`
      CREATE ROLE ann LOGIN IN ROLE waymark_writer; CREATE ROLE bob LOGIN IN ROLE waymark_writer;
      CREATE ROLE board LOGIN IN ROLE waymark_reader; CREATE ROLE guest LOGIN;
      INSERT INTO waymark_rows.members VALUES ('ann', 'search'), ('bob', 'billing'), ('board', 'search')`);
    for (const [role, host] of [
      ['ann', 'host-a'],
      ['bob', 'host-b'],
    ] as const) {
      const { store, feed, apply } = fleetMachine(await as(role), { host, store: fleetStore() });
      apply(
        testEvent({
          event_id: `evt_20261122_044832_0123456789ab000${host === 'host-a' ? 1 : 2}`,
          payload: { session_id: `session of ${role}`, project: '/work', prompt: 'x' },
        }),
      );
      await feed.drain();
      store.close();
    }
  });
  afterAll(async () => {
    for (const session of sessions.values()) await session.close();
    await team.close();
  });

  const ids = async (role: string, table = 'waymark.sessions'): Promise<readonly unknown[]> =>
    (await (await as(role)).query(`SELECT id FROM ${table} ORDER BY 1`)).map(({ id }) => id);

  it('see and write the rows of their team alone', async () => {
    expect(await ids('ann')).toEqual(['session of ann']);
    expect(await ids('bob')).toEqual(['session of bob']);
    expect(await ids('board')).toEqual(['session of ann']);
    expect(await ids('bob', 'waymark_rows.sessions')).toEqual(['session of bob']);
    expect(await ids('bob', 'waymark_rows.events_other')).toEqual([]);
    const bob = await as('bob');
    await bob.query("UPDATE waymark_rows.sessions SET model = 'mine'");
    await bob.query('DELETE FROM waymark_rows.prompts');
    expect(await team.session.query('SELECT model FROM waymark_rows.sessions ORDER BY id')).toEqual(
      [{ model: null }, { model: 'mine' }],
    );
    expect(await ids('ann', 'waymark_rows.prompts')).toHaveLength(1);
  });

  it('find texts of their team alone, with all words, and may not ask as the owner', async () => {
    const found = async (role: string, words = "'x'"): Promise<readonly unknown[]> =>
      (
        await (
          await as(role)
        ).query('SELECT * FROM waymark.find_texts($1, $2, 0, NULL, false, 9)', [words, 'prompt'])
      ).map(({ session_id: id }) => id);
    expect(await found('ann')).toEqual(['session of ann']);
    expect(await found('board')).toEqual(['session of ann']);
    expect(await found('bob')).toEqual(['session of bob']);
    expect(await found('bob', "'y'")).toEqual([]);
    await expect(found('guest')).rejects.toThrow(/permission denied/);
  });

  it('cannot take the machine of another team over', async () => {
    const tables = sharedTables(fleetStore());
    const host = { host: 'host-a', name: 'x', person: null, version: '1', feed: 'x' };
    await expect(outletOf(await as('bob'), host, tables)).rejects.toMatchObject({
      message: 'Cannot send rows: this machine belongs to another team of the database',
      remedy: expect.stringContaining('waymark fleet leave'),
    });
  });

  it('join as a new machine where their store was copied to another team', async () => {
    const folder = preparedStore();
    const url = team.url.replace('owner@', 'bob@');
    const move = (to: string) =>
      team.session.query("UPDATE waymark_rows.members SET team = $1 WHERE role = 'bob'", [to]);
    expect(await runCommand(folder, ['store', 'copy', url])).toMatchObject({ status: 0 });
    await move('sales');
    const joined = await runCommand(folder, ['fleet', 'join', url, '--name', 'moved']);
    await move('billing');
    expect(joined).toMatchObject({ status: 0, err: '' });
    expect(
      await team.session.query("SELECT team FROM waymark_rows.hosts WHERE name = 'moved'"),
    ).toEqual([{ team: 'sales' }]);
  });

  it('are told that they belong to no team, before anything is sent', async () => {
    await team.session.script('CREATE ROLE eve LOGIN IN ROLE waymark_writer');
    const host = { host: 'host-e', name: 'x', person: null, version: '1', feed: 'x' };
    const joined = outletOf(await as('eve'), host, sharedTables(fleetStore()));
    await expect(joined).rejects.toMatchObject({
      message: 'Cannot use the database: the role eve belongs to none of its teams',
      remedy: expect.stringContaining('waymark_rows.members'),
    });
  });

  it.each([
    ['ann', 'CREATE TABLE waymark_rows.mine (a int)'],
    ['ann', 'DROP TABLE waymark_rows.sessions'],
    ['ann', "INSERT INTO waymark_rows.members VALUES ('ann', 'billing')"],
    ['ann', 'SELECT * FROM waymark_rows.members'],
    ['ann', 'DELETE FROM waymark_rows.schema_versions'],
    ['ann', 'SELECT * FROM waymark_rows.events_202611'],
    ['board', "INSERT INTO waymark_rows.prompts (host, session_id, id) VALUES ('h', 's', 'i')"],
    ['board', 'DELETE FROM waymark_rows.prompts'],
    ['board', "SELECT waymark_rows.make_month('2026-01-01')"],
    ['guest', 'SELECT * FROM waymark.sessions'],
    ['guest', 'SELECT * FROM waymark_rows.sessions'],
  ])('do not let %s: %s', async (role, sql) => {
    const session = await as(role);
    await expect(session.query(sql)).rejects.toMatchObject({ kind: 'denied' });
  });

  it('keep events in partitions by month, and those of a wrong clock in one of their own', async () => {
    const ann = await as('ann');
    for (const first of ['2026-12-01', '1970-01-01', '2199-01-01', '2026-11-02'])
      await ann.query('SELECT waymark_rows.make_month($1::date)', [first]);
    const names = await team.session.query(
      "SELECT relname AS name FROM pg_class WHERE relname LIKE 'events\\_%' AND relkind = 'r' ORDER BY 1",
    );
    expect(names.map(({ name }) => name)).toEqual([
      'events_202611',
      'events_202612',
      'events_other',
    ]);
  });
});

/** Closed by whoever asked for it. */
function fleetStore(): Database {
  const store = sqliteDriver()(':memory:');
  migrate(store);
  return store;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readMembership } from '../../lib/fleet/membership.ts';
import { connectPostgres } from '../../lib/store/postgres/connect.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import type { StateFolder } from '../../lib/core/state-folder.ts';
import { fleetMachine, type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { STATES } from '../sessions/states.ts';
import { testHome } from '../support/test-home.ts';
import { runCommand } from '../unit/cli/run-command.ts';

describe.skipIf(postgresPrograms() === undefined)('a machine that leaves its team', () => {
  let team: TestTeam;

  beforeAll(async () => {
    team = await testTeam();
  });
  afterAll(() => team.close());
  beforeEach(() => team.empty());

  /** A machine that has joined, and sent all that its store has. */
  const joined = async (person: string): Promise<StateFolder> => {
    const { folder } = testHome();
    for (const name of ['two-sessions', 'failures', 'usage']) await STATES[name]?.(folder);
    expect(await runCommand(folder, ['fleet', 'join', team.url, '--person', person])).toMatchObject(
      {
        ...{ status: 0, err: '' },
      },
    );
    const store = openStore(folder.store, sqliteDriver());
    const host = readMembership(folder.root)?.host ?? '';
    const { feed } = fleetMachine(team.session, { host, person, store, isWhole: true });
    await feed.drain();
    await feed.close();
    store.close();
    return folder;
  };
  /** How many rows of a machine each table of the team has, those without any left out. */
  const rowsOf = async (host: string): Promise<Readonly<Record<string, number>>> => {
    const tables = await team.session.query(
      "SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'waymark_rows' AND column_name = 'host' ORDER BY 1",
    );
    const counted: Record<string, number> = {};
    for (const { name } of tables) {
      const [row] = await team.session.query(
        `SELECT count(*) AS n FROM waymark_rows."${String(name)}" WHERE host = $1`,
        [host],
      );
      if (Number(row?.['n']) > 0) counted[String(name)] = Number(row?.['n']);
    }
    return counted;
  };
  const hostOf = (folder: StateFolder): string => readMembership(folder.root)?.host ?? '';
  const changesOf = (folder: StateFolder): unknown => {
    const store = openStore(folder.store, sqliteDriver());
    const found = store
      .prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE 'fleet_%'")
      .get();
    store.close();
    return found;
  };

  it('leaves what it has sent, and notes no change any more', async () => {
    const ann = await joined('ann');
    const host = hostOf(ann);
    const before = await rowsOf(host);
    expect(before).toMatchObject({ sessions: 2, usage_sums: expect.any(Number), hosts: 1 });
    const { status, out } = await runCommand(ann, ['fleet', 'leave']);
    expect({ status, out }).toMatchObject({ status: 0, out: expect.stringMatching(/stays there/) });
    expect(await rowsOf(host)).toEqual(before);
    expect(readMembership(ann.root)).toBeUndefined();
    expect(changesOf(ann)).toEqual({ n: 0 });
    expect((await runCommand(ann, ['fleet', 'leave'])).out).toBe(
      'This machine belongs to no team.\n',
    );
  });

  it('deletes with --delete every row of its own, sums with them, and none of another', async () => {
    const [ann, bob] = [await joined('ann'), await joined('bob')];
    const [mine, other] = [hostOf(ann), hostOf(bob)];
    const before = await rowsOf(other);
    expect(Object.keys(await rowsOf(mine))).toEqual(Object.keys(before));
    const { status, out } = await runCommand(ann, ['fleet', 'leave', '--delete']);
    expect({ status, out }).toMatchObject({ status: 0, out: expect.stringMatching(/is deleted/) });
    expect(await rowsOf(mine)).toEqual({});
    expect(await rowsOf(other)).toEqual(before);
    expect(changesOf(ann)).toEqual({ n: 0 });
    const local = await runCommand(ann, ['sessions', '--any', '--json']);
    expect(JSON.parse(local.out)).toHaveLength(2); // its own store keeps all
  });

  it('deletes also what its worker was sending at that moment', async () => {
    const ann = await joined('ann');
    const host = hostOf(ann);
    const worker = await connectPostgres({ url: team.url, name: 'test' });
    await worker.script('BEGIN');
    await worker.query('SELECT 1 FROM waymark_rows.hosts WHERE host = $1 FOR UPDATE', [host]);
    const leaving = runCommand(ann, ['fleet', 'leave', '--delete']);
    const isWaiting = async (): Promise<boolean> =>
      (await worker.query('SELECT 1 FROM pg_locks WHERE NOT granted')).length > 0;
    while (!(await isWaiting())) await sleep(5);
    await worker.query(
      "INSERT INTO waymark_rows.prompts (host, session_id, id) VALUES ($1, 's', 'late')",
      [host],
    );
    await worker.script('COMMIT');
    expect((await leaving).status).toBe(0);
    expect(await rowsOf(host)).toEqual({});
    await worker.close();
  });

  it('stays a member when its rows cannot be deleted', async () => {
    const ann = await joined('ann');
    const host = hostOf(ann);
    const before = await rowsOf(host);
    await team.session.script('ALTER DATABASE postgres SET default_transaction_read_only = on');
    const { status, err } = await runCommand(ann, ['fleet', 'leave', '--delete']);
    await team.session.script(
      'SET default_transaction_read_only = off; ALTER DATABASE postgres RESET default_transaction_read_only',
    );
    expect(status).not.toBe(0);
    expect(err).toMatch(/^Cannot use .*read-only transaction\n.+\n$/);
    expect(hostOf(ann)).toBe(host);
    expect(await rowsOf(host)).toEqual(before);
  });
});

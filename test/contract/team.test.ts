import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { EXPORT_TABLES } from '../../lib/query/export-tables.ts';
import { stateFolderAt, type StateFolder } from '../../lib/core/state-folder.ts';
import { writeMembership } from '../../lib/fleet/membership.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { STATES } from '../sessions/states.ts';
import { fleetMachine, type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { SESSION, START } from '../unit/cli/prepared-store.ts';
import { runCommand } from '../unit/cli/run-command.ts';

/** The thread that asks PostgreSQL needs a server. */
describe.skipIf(postgresPrograms() === undefined)('the store of a team', () => {
  let team: TestTeam;
  let root: string;
  let folder: StateFolder;

  beforeAll(async () => {
    team = await testTeam();
    root = mkdtempSync(`${tmpdir()}/waymark-team-`);
    folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
    for (const name of ['two-sessions', 'conversation', 'failures', 'usage', 'agent-runs'])
      await STATES[name]?.(folder);
    const store = openStore(folder.store, sqliteDriver());
    for (const [host, person] of [
      ['host-a', 'ann'],
      ['host-b', 'bob'],
    ] as const) {
      const shares = host === 'host-a' ? undefined : [];
      const machine = fleetMachine(team.session, {
        ...{ store, host, person, isWhole: true },
        ...(shares === undefined ? {} : { shares }),
      });
      await machine.feed.drain();
      await machine.feed.close();
    }
    store.close();
    await runCommand(folder, ['search', '--rebuild']);
    writeMembership(folder.root, {
      ...{ target: team.url, host: 'host-a', salt: 's', name: 'laptop', person: 'ann' },
      joinedAt: '2026-11-22T00:00:00.000Z',
    });
  });
  afterAll(async () => {
    await team.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** The free space changes from one moment to the next. */
  const run = async (command: string, ...more: readonly string[]) => {
    const args = [...command.split(' '), ...more];
    const { out, ...rest } = await runCommand(folder, args, { now: START + 7_200_000 });
    return { ...rest, out: out.replace(/"free": \d+/, '"free": 0') };
  };

  it.each([
    'sessions --any --json',
    'sessions --any --cost --json',
    'sessions --project /work/shop --json',
    `show ${SESSION} --json`,
    `show ${SESSION}`,
    'show last --any --json',
    'events --json',
    'events --type task.* --json',
    'events --priority high --json',
    `events --session ${SESSION.slice(0, 6)} --json`,
    'events --count-by type --json',
    'events --count-by source --json',
    'events --count-by hour --json',
    'failures list --all --json',
    'failures list --all',
    'cost --json',
    'cost --by project --json',
    'cost --by model --json',
    'cost --by session --json',
    'cost --by agent --json',
    'routing --json',
    `trace ${SESSION} --json`,
    `trace ${SESSION}`,
    'status --json',
    'status',
    'resume --any --json',
    `resume ${SESSION}`,
    'report cost --json --since 30d',
    'report routing --json --since 30d',
    `export ${SESSION} --format jsonl`,
    ...[...EXPORT_TABLES.keys()]
      .filter((table) => table !== 'events')
      .map((table) => `export --table ${table} --since 3000d`),
  ])('answers as the local one does: %s', async (command) => {
    const local = await run(command);
    expect(local).toMatchObject({ status: 0, err: '' });
    expect(await run(command, '--store', 'team')).toEqual(local);
  });

  it('is read always once the setting says so', async () => {
    expect(await run('config set storeUrl team')).toMatchObject({ status: 0 });
    const read = await run('sessions --any --person bob');
    const { out } = await run('fleet');
    expect(await run('config unset storeUrl')).toMatchObject({ status: 0 });
    expect(read).toMatchObject({ status: 0, out: 'No sessions at the team match --person bob.\n' });
    expect(out).toMatch(/^Sends to {2}\S+ as laptop of ann\n/);
    expect((await run('sessions --any --person bob')).err).toMatch(/^Cannot filter rows/);
  });

  it('shows the sessions of one machine, person or repository', async () => {
    const ids = async (...flags: readonly string[]): Promise<number> => {
      const { out, err } = await run('sessions --any --json --store team', ...flags);
      expect(err).toBe('');
      return JSON.parse(out).length;
    };
    const all = await ids();
    expect(all).toBeGreaterThan(1);
    expect(await ids('--person', 'ann')).toBe(all);
    expect(await ids('--person', 'bob')).toBe(0);
    expect(await ids('--host', 'host-a')).toBe(all);
    expect(await ids('--host', "x'; DROP TABLE sessions; --")).toBe(0);
    expect(await ids('--repository', 'shop')).toBeGreaterThan(0);
    expect(await ids('--repository', 'shop')).toBeLessThan(all);
  });

  it.each(['events --source hook/* --since 3h --json', 'export --table events --since 3000d'])(
    'has the same events, by their time: %s',
    async (command) => {
      const [local, all] = [await run(command), await run(command, '--store', 'team')];
      const lines = ({ out }: { readonly out: string }) => out.split('\n').toSorted();
      expect(all).toMatchObject({ status: 0, err: '' });
      expect(lines(all)).toEqual(lines(local));
    },
  );

  it('makes the weekly report without what it would say of one machine', async () => {
    const reports = await Promise.all(
      [[], ['--store', 'team']].map(async (more) =>
        JSON.parse((await run('report weekly --json --since 30d', ...more)).out),
      ),
    );
    const [local, all] = reports;
    const isOfMachine = ({ rule }: { rule: string }) => rule.startsWith('check-');
    expect(all).toEqual({
      ...local,
      findings: local.findings.filter((finding: { rule: string }) => !isOfMachine(finding)),
      ...{ worker: null, backlog: null, own: null },
      security: { ...local.security, posture: null },
    });
    const text = await run('report weekly --since 30d --store team');
    expect(text).toMatchObject({ status: 0, err: '' });
    expect(text.out).not.toMatch(/Posture|What waymark itself used/);
  });

  it.each([
    'report security',
    'report performance',
    'open',
    'checkpoints',
    'diff',
    'history a.js',
    'log',
    'budget',
    'search --rebuild',
  ])('is of no use to: %s', async (command) => {
    const { status, out, err } = await run(command, '--store', 'team');
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(/^Cannot .*: .*\n(?:Run|Leave out) .*--store/);
  });

  it.each([
    'total',
    'fix tot*',
    '"invoices come out"',
    'npm test',
    'a.js --in files',
    'exit code --failed',
    'invoices --in titles',
    'total --in prompts --session aaaa1111',
    'nothingofthekind',
  ])('is searched as the index of a machine is: %s', async (words) => {
    const find = async (...more: readonly string[]) => {
      const args = words.match(/"[^"]*"|\S+/g) ?? [];
      const { out, err, status } = await run('search', ...args, '--json', ...more);
      expect({ err, status }).toEqual({ err: '', status: 0 });
      return JSON.parse(out).map(({ hit: _id, ...hit }: Record<string, unknown>) => hit);
    };
    const isOutput = ({ kind }: { kind: string }) => kind === 'output';
    const local = (await find()).filter((hit: { kind: string }) => !isOutput(hit));
    expect(await find('--store', 'team')).toEqual(local);
  });

  it('is searched for one machine, person or repository', async () => {
    const count = async (...more: readonly string[]): Promise<number> =>
      JSON.parse((await run('search total --json --store team', ...more)).out).length;
    expect(await count('--person', 'ann', '--host', 'laptop', '--repository', 'shop')).toBe(1);
    expect(await count('--person', 'bob')).toBe(0);
    expect(await count('--repository', 'nowhere')).toBe(0);
  });

  it('cannot be reached: one line and what to do, without a password', async () => {
    const url = 'postgres://ann:hidden@127.0.0.1:1/team';
    const { status, out, err } = await runCommand(folder, ['sessions'], {
      environment: { WAYMARK_STORE_URL: url },
    });
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(/^Cannot read the store: postgres:\/\/ann@127\.0\.0\.1:1\/team: .*\n/);
    expect(err).not.toContain('hidden');
  });

  it('is asked for when rows are filtered', async () => {
    const { status, err } = await run('sessions --any --person ann');
    expect(status).toBe(2);
    expect(err).toContain('--store team');
  });
});

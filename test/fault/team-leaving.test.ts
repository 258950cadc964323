import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseJsonObject, stringField } from '../../lib/core/json.ts';
import { textOf } from '../../lib/fleet/redis/connect-redis.ts';
import { partitionOf, streamKey } from '../../lib/fleet/redis/feed-keys.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts';
import { type TeamLaptop, teamLaptop } from '../support/team-laptop.ts';
import { tempFolder } from '../support/temp-folder.ts';

const canRun = postgresPrograms() !== undefined && hasRedis();

describe.skipIf(!canRun)('a person who leaves a team through Redis', () => {
  let team: TestTeam;
  let redis: RedisServer;
  const laptops: TeamLaptop[] = [];
  let feeder: ChildProcess | undefined;

  beforeAll(async () => {
    team = await testTeam();
    redis = await startRedis();
  });
  afterEach(async () => {
    await stopFeeder();
    for (const laptop of laptops) await laptop.killWorker();
  });
  afterAll(async () => {
    await redis.remove();
    await team.close();
  });

  const startFeeder = (): void => {
    const env = { PATH: process.env['PATH'], HOME: tempFolder('feeder-') };
    const args = ['dist/waymark.cjs', 'worker', '--from', redis.url, '--store', team.url];
    feeder = spawn(process.execPath, args, { stdio: 'ignore', env });
  };
  const stopFeeder = async (): Promise<void> => {
    const ended = feeder;
    feeder = undefined;
    if (ended === undefined || ended.exitCode !== null) return;
    const exit = new Promise((resolve) => ended.once('exit', resolve));
    ended.kill('SIGTERM');
    await exit;
  };
  const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    for (let look = 0; !(await isSo()); look += 1) {
      if (look > 600) throw new Error(`Never: ${what}`);
      await sleep(50);
    }
  };
  const enters = async (name: string, person: string): Promise<TeamLaptop> => {
    const root = `${tempFolder('leaving-')}/${name}`;
    mkdirSync(root, { recursive: true });
    const laptop = teamLaptop(root, name);
    laptops.push(laptop);
    await laptop.waymark('fleet', 'join', redis.url, '--person', person, '--name', 'laptop');
    await laptop.waymark(...['fleet', 'share', laptop.project], '--fields', ALL);
    laptop.startWorker();
    await laptop.hook('session-start', 'SessionStart');
    await says(laptop, `I am ${name}`);
    await laptop.call('failed', 'npm run biuld', 'Exit code 1\nnpm error Missing script: "biuld"');
    await laptop.call('ok', 'npm run build');
    await laptop.stops();
    return laptop;
  };
  const says = (laptop: TeamLaptop, prompt: string): Promise<string> =>
    laptop.hook('user-prompt-submit', 'UserPromptSubmit', { prompt });
  /** How many rows of each table a machine has at the team, without those that have none. */
  const rowsOf = async (host: string): Promise<Readonly<Record<string, number>>> => {
    const tables = await team.session.query(
      "SELECT table_name AS name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) WHERE table_schema = 'waymark_rows' AND column_name = 'host' AND table_type = 'BASE TABLE' AND table_name <> 'left_hosts'",
    );
    const counts: Record<string, number> = {};
    for (const { name } of tables) {
      const [row] = await team.session.query(
        `SELECT count(*) AS n FROM waymark_rows.${name} WHERE host = $1`,
        [host],
      );
      if (Number(row?.['n']) > 0) counts[String(name)] = Number(row?.['n']);
    }
    return counts;
  };
  const has = async (host: string, prompt: string): Promise<boolean> =>
    (
      await team.session.query(
        'SELECT 1 FROM waymark_rows.events WHERE host = $1 AND position($2 in envelope) > 0',
        [...[host, prompt]],
      )
    ).length > 0;

  it('leaves no row, gets none back from what is still on its way, and takes none of others along', {
    timeout: 240_000,
  }, async () => {
    startFeeder();
    const [desk, travel, bob] = [
      await enters('desk', 'ann'),
      await enters('travel', 'ann'),
      await enters('bob', 'bob'),
    ];
    const hosts = await Promise.all([desk, travel, bob].map(hostOf));
    const [own = '', other = '', bobs = ''] = hosts;
    for (const [at, host] of hosts.entries())
      await until(
        `all of ${host} is there`,
        async () =>
          Object.keys(await rowsOf(host)).includes('operations') &&
          (await has(host, `I am ${['desk', 'travel', 'bob'][at]}`)),
      );
    const before = [await rowsOf(other), await rowsOf(bobs)];

    // entries that no worker has applied, and changes that Redis has not
    await stopFeeder();
    const admin = await redis.connect();
    const key = streamKey(redis.place, partitionOf(own, redis.place));
    await says(desk, 'Still in the stream');
    await until('it is in the stream', async () => textOf(await admin.send('XLEN', key)) !== '0');
    await admin.close();
    await redis.kill();
    const backup = tempFolder('backup-');
    cpSync(redis.folder, backup, { recursive: true });
    await says(desk, 'Still on the laptop');
    await redis.start();
    startFeeder();

    expect(await desk.waymark('fleet', 'leave', '--delete')).toMatch(/is deleted/);
    expect(await rowsOf(own)).toEqual({});
    expect(await desk.waymark('fleet')).toMatch(/belongs to no team/);
    await says(desk, 'After that');
    await says(bob, 'Still here');
    await until('bob goes on', () => has(bobs, 'Still here'));
    expect(await rowsOf(own)).toEqual({});
    expect(await rowsOf(other)).toEqual(before[0]);
    expect(await rowsOf(bobs)).toMatchObject({ operations: before[1]?.['operations'] });

    // a backup of Redis brings the entries again
    await stopFeeder();
    await redis.kill();
    rmSync(redis.folder, { recursive: true });
    cpSync(backup, redis.folder, { recursive: true });
    await redis.start();
    startFeeder();
    await says(bob, 'After the backup');
    await until('bob goes on', () => has(bobs, 'After the backup'));
    expect(await rowsOf(own)).toEqual({});

    // and who comes back brings it all, as another machine
    await desk.waymark('fleet', 'join', redis.url, '--person', 'ann', '--name', 'laptop');
    await desk.waymark('fleet', 'share', desk.project, '--fields', ALL, '--with-history');
    const again = await hostOf(desk);
    expect(again).not.toBe(own);
    for (const prompt of ['I am desk', 'Still in the stream', 'Still on the laptop', 'After that'])
      await until(`"${prompt}" is there again`, () => has(again, prompt));
    expect(await rowsOf(own)).toEqual({});
  });
});

const ALL = 'figures,places,commands,texts';

async function hostOf({ waymark }: TeamLaptop): Promise<string> {
  return stringField(parseJsonObject(await waymark('fleet', '--json')) ?? {}, 'host') ?? '';
}

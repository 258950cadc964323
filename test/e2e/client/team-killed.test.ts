import { type ChildProcess, spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseJsonObject, stringField } from '../../../lib/core/json.ts';
import { textOf } from '../../../lib/fleet/redis/connect-redis.ts';
import { deadKey } from '../../../lib/fleet/redis/feed-keys.ts';
import { teamTablesOfProgram } from '../../../lib/fleet/shared-tables.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { migratePostgres } from '../../../lib/store/postgres/migrate-postgres.ts';
import {
  type PostgresServer,
  postgresPrograms,
  startPostgres,
} from '../../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../../support/redis-server.ts';
import { logWrites } from '../../support/stream-scene.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';

const PEOPLE = ['ann', 'bob', 'eve'] as const;
const COMMANDS = ['true', 'echo built'];
/** What every session leaves, on a machine and at the team. */
const TABLES = ['sessions', 'prompts', 'operations', 'usage'] as const;

describe.skipIf(postgresPrograms() === undefined || !hasRedis()).each(installedClients())(
  'three laptops with the real client %s, Redis, two workers of the team and PostgreSQL',
  (_version, binary) => {
    it('have all at the team, once, after each of them was killed', {
      timeout: 900_000,
    }, async () => {
      const postgres = await newTeam();
      const redis = await startRedis();
      onTestFinished(() => redis.remove());
      const feeders = [0, 1].map(() => new Feeder(redis.url, postgres.url()));
      for (const feeder of feeders) feeder.start();
      const laptops = PEOPLE.map((person) => member(redis.url, person));

      const victims: ReadonlyArray<() => Promise<void>> = [
        ...laptops.map((laptop) => async () => killWorkers(laptop)),
        ...feeders.map((feeder) => async () => {
          await feeder.kill();
          feeder.start();
        }),
        async () => {
          await redis.kill();
          await redis.start();
        },
        async () => {
          postgres.stop('immediate');
          await postgres.start();
        },
      ];
      for (const kill of victims)
        await Promise.all([
          ...laptops.map((laptop) => laptop.runCommands(binary, COMMANDS)),
          kill(),
        ]);
      // one more session of each, with nothing in its way
      for (const laptop of laptops) await laptop.runCommands(binary, COMMANDS);

      const sessions = victims.length + 1;
      const hosts = laptops.map(hostOf);
      for (const [at, laptop] of laptops.entries())
        await eventually(
          () => ledgerAt(postgres, hosts[at] ?? ''),
          (atTeam) => {
            const here = ledgerOn(laptop);
            expect(here).toMatchObject({ sessions, operations: sessions * COMMANDS.length });
            expect(atTeam).toEqual({ ...here, writes: sessions });
          },
        );
      await nothingIsDead(redis);
      for (const laptop of laptops)
        expect(parseJsonObject(laptop.waymark('fleet', '--json'))).toMatchObject({
          ...{ waiting: 0, lastError: null },
        });
    });
  },
);

/** A PostgreSQL with the tables of a team, which notes how often a prompt is written. */
async function newTeam(): Promise<PostgresServer> {
  const server = await startPostgres(postgresPrograms() ?? '');
  onTestFinished(() => server.remove());
  const session = await server.connect();
  await migratePostgres(session, teamTablesOfProgram(sqliteDriver()), 'test');
  await logWrites(session);
  await session.close();
  return server;
}

/** A worker of the team, as a process. */
class Feeder {
  readonly #from: string;
  readonly #store: string;
  readonly #home = tempFolder('team-worker-');
  #child: ChildProcess | undefined;

  constructor(from: string, store: string) {
    this.#from = from;
    this.#store = store;
    onTestFinished(() => this.kill());
  }

  start(): void {
    const args = ['worker', '--from', this.#from, '--store', this.#store];
    const env = { PATH: process.env['PATH'], HOME: this.#home, WAYMARK_HOME: `${this.#home}/w` };
    this.#child = spawn(process.execPath, ['dist/waymark.cjs', ...args], { stdio: 'ignore', env });
  }

  async kill(): Promise<void> {
    const ended = this.#child;
    this.#child = undefined;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    const exit = new Promise((resolve) => ended.once('exit', resolve));
    ended.kill('SIGKILL');
    await exit;
  }
}

function member(team: string, person: string): Sandbox {
  const sandbox = new Sandbox();
  sandbox.install();
  sandbox.waymark('fleet', 'join', team, '--person', person, '--name', 'laptop');
  const fields = 'figures,places,commands,texts';
  sandbox.waymark('fleet', 'share', sandbox.project, '--fields', fields);
  return sandbox;
}

/** Ends the machine's workers as a crash does; the next hook starts one. */
function killWorkers(laptop: Sandbox): void {
  for (const pid of laptop.workerPids()) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
}

function hostOf(laptop: Sandbox): string {
  return stringField(parseJsonObject(laptop.waymark('fleet', '--json')) ?? {}, 'host') ?? '';
}

type Ledger = Readonly<Record<string, number>>;

function ledgerOn(laptop: Sandbox): Ledger {
  return Object.fromEntries(
    TABLES.map((table) => [
      table,
      Number(laptop.rows(`SELECT count(*) AS n FROM ${table}`)[0]?.['n']),
    ]),
  );
}

async function ledgerAt(postgres: PostgresServer, host: string): Promise<Ledger> {
  const session = await postgres.connect();
  const counts = TABLES.map(
    (table) => `(SELECT count(*) FROM waymark_rows.${table} WHERE host = $1) AS ${table}`,
  );
  const [row = {}] = await session
    .query(
      `SELECT ${counts.join()}, (SELECT count(*) FROM public.written WHERE host = $1) AS writes`,
      [host],
    )
    .finally(() => session.close());
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]));
}

async function nothingIsDead(redis: RedisServer): Promise<void> {
  const session = await redis.connect();
  expect(textOf(await session.send('XLEN', deadKey(redis.place)))).toBe('0');
  await session.close();
}

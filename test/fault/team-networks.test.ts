import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import type { Row } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { migratePostgres } from '../../lib/store/postgres/migrate-postgres.ts';
import {
  type PostgresServer,
  postgresPrograms,
  startPostgres,
} from '../support/postgres-server.ts';
import { type RedisInNetwork, startRedisIn } from '../support/redis-in-network.ts';
import { hasRedis } from '../support/redis-server.ts';
import { logWrites } from '../support/stream-scene.ts';
import { type TeamLaptop, teamLaptop } from '../support/team-laptop.ts';
import { tempFolder } from '../support/temp-folder.ts';
import {
  type Side,
  type TwoNetworks,
  twoNetworks,
  type Weather,
  whyNoNetworks,
} from '../support/two-networks.ts';

const isLong = process.env['WAYMARK_FAULT_LONG'] === '1';

/** Prompts while the network goes, and while it is away. */
const PROMPTS = 4;

const WEATHERS: readonly Weather[] = [
  { down: 'laptops' },
  { droppedTo: ['laptops', 'servers'] },
  ...(isLong
    ? ([{ down: 'servers' }, { droppedTo: ['servers'] }, { droppedTo: ['laptops'] }] as const)
    : []),
];

/** Whether servers receive what a laptop sends, although it hears no answer. */
function isHeard(weather: Weather): boolean {
  return 'droppedTo' in weather && !weather.droppedTo.includes('servers');
}

/** How a laptop sends, and where the worker is that applies what Redis has. */
const WAYS: ReadonlyArray<readonly [name: string, worker: Side | undefined]> = [
  ['straight into PostgreSQL', undefined],
  ['through Redis, with the worker beside PostgreSQL', 'servers'],
  ['through Redis, with the worker beside the laptop', 'laptops'],
];

const missing = [
  whyNoNetworks(),
  ...(postgresPrograms() === undefined ? ['PostgreSQL is not installed'] : []),
  ...(hasRedis() ? [] : ['Redis is not installed']),
].find((reason) => reason !== undefined);

describe('a laptop in a network of its own', () => {
  let networks: TwoNetworks;
  let postgres: PostgresServer | undefined;
  let redis: RedisInNetwork | undefined;

  beforeAll(async () => {
    if (missing !== undefined) return;
    networks = twoNetworks();
    const network = { address: networks.address('servers'), within: networks.within('servers') };
    postgres = await startPostgres(postgresPrograms() ?? '', network);
    redis = await startRedisIn(network);
    const session = await postgres.connect();
    await migratePostgres(session, teamTablesOfProgram(sqliteDriver()), 'test');
    await logWrites(session);
    await session.close();
  });
  afterAll(async () => {
    await redis?.remove();
    postgres?.remove();
    networks?.remove();
  });

  const ask = async (sql: string): Promise<readonly Row[]> => {
    const session = await postgres?.connect();
    return (await session?.query(sql).finally(() => session.close())) ?? [];
  };
  const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    for (let look = 0; !(await isSo()); look += 1) {
      if (look > 1_200) throw new Error(`Never: ${what}`);
      await sleep(50);
    }
  };
  const countOf = async (person: string): Promise<number> => {
    const [row] = await ask(
      `SELECT count(*) AS n FROM waymark_rows.prompts JOIN waymark.hosts USING (host) WHERE person = '${person}'`,
    );
    return Number(row?.['n']);
  };
  const waiting = async (laptop: TeamLaptop): Promise<number> =>
    JSON.parse(await laptop.waymark('fleet', '--json')).waiting;

  it.for(WAYS)(
    'has each row once at the team, %s',
    { timeout: 600_000 },
    async ([, worker], { skip }) => {
      skip(missing !== undefined, missing);
      const person = `ann-${worker ?? 'alone'}`;
      const root = tempFolder();
      mkdirSync(`${root}/${person}`);
      const laptop = teamLaptop(`${root}/${person}`, person, networks.within('laptops'));
      const feeder = worker === undefined ? undefined : startFeeder(root, worker);
      let sent = 0;
      const talk = async (): Promise<void> => {
        for (let n = 0; n < PROMPTS; n += 1, sent += 1)
          await laptop.hook('user-prompt-submit', 'UserPromptSubmit', { prompt: `Prompt ${sent}` });
      };
      try {
        const url = (worker === undefined ? postgres?.url() : redis?.url) ?? '';
        await laptop.waymark('fleet', 'join', url, '--person', person, '--name', `${person}-pc`);
        await laptop.waymark('fleet', 'share', laptop.project, '--fields', 'figures,texts');
        laptop.startWorker();
        for (const weather of WEATHERS) {
          await talk();
          await until('the network is used', async () => (await countOf(person)) > sent - PROMPTS);
          const talking = talk();
          networks.cut(weather);
          await talking;
          await talk();
          await until('changes wait on the laptop', async () => (await waiting(laptop)) > 0);
          const there = await countOf(person);
          networks.heal();
          // the last of them were recorded while nothing could be sent
          if (!isHeard(weather)) expect(there, JSON.stringify(weather)).toBeLessThan(sent);
          await until('all has arrived', async () => (await countOf(person)) >= sent);
        }
        await until('nothing waits', async () => (await waiting(laptop)) === 0);
        const ledger = `SELECT (SELECT count(*) FROM waymark_rows.prompts AS p WHERE p.host = h.host) AS prompts,
        (SELECT count(*) FROM public.written AS w WHERE w.host = h.host) AS writes FROM waymark.hosts AS h WHERE person = '${person}'`;
        expect(await ask(ledger)).toEqual([{ prompts: sent, writes: sent }]);
      } finally {
        networks.heal();
        await laptop.killWorker();
        await feeder?.();
      }
    },
  );

  /** @returns what ends it. */
  function startFeeder(root: string, side: Side): () => Promise<void> {
    const [program = '', ...before] = [...networks.within(side), process.execPath];
    const places = ['--from', redis?.url ?? '', '--store', postgres?.url() ?? ''];
    const child: ChildProcess = spawn(
      program,
      [...before, 'dist/waymark.cjs', 'worker', ...places],
      { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: root } },
    );
    const exit = new Promise((resolve) => child.once('exit', resolve));
    return async () => {
      child.kill('SIGKILL');
      await exit;
    };
  }
});

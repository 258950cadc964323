import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf } from '../../lib/fleet/redis/connect-redis.ts';
import { deadKey } from '../../lib/fleet/redis/feed-keys.ts';
import { teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { migratePostgres } from '../../lib/store/postgres/migrate-postgres.ts';
import type { Row } from '../../lib/store/database.ts';
import {
  type PostgresServer,
  postgresPrograms,
  startPostgres,
} from '../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts';
import { logWrites } from '../support/stream-scene.ts';
import { type TeamLaptop, teamLaptop } from '../support/team-laptop.ts';
import { tempFolder } from '../support/temp-folder.ts';

const isLong = process.env['WAYMARK_FAULT_LONG'] === '1';
/** Prompts of each laptop while something is killed, and how often everything is killed. */
const PROMPTS = 8;
const ROUNDS = 3;

const WRONG = 'npm run biuld';
const RIGHT = 'npm run build';

const canRun = isLong && postgresPrograms() !== undefined && hasRedis();

describe.runIf(canRun)('a team of three laptops', () => {
  let postgres: PostgresServer;
  let redis: RedisServer;

  beforeAll(async () => {
    postgres = await startPostgres(postgresPrograms() ?? '');
    redis = await startRedis();
    const session = await postgres.connect();
    await migratePostgres(session, teamTablesOfProgram(sqliteDriver()), 'test');
    await logWrites(session);
    await session.close();
  });
  afterAll(async () => {
    await redis.remove();
    postgres.remove();
  });

  const ask = async (sql: string): Promise<readonly Row[]> => {
    const session = await postgres.connect();
    return session.query(sql).finally(() => session.close());
  };
  /** Asks again until it is so; a server that is away has no answer. */
  const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    for (let look = 0; !(await isSo().catch(() => false)); look += 1) {
      if (look > 1_200) throw new Error(`Never: ${what}`);
      await sleep(50);
    }
  };

  it('loses and doubles nothing though each part is killed in turn, and warns of what failed for another', {
    timeout: 1_200_000,
  }, async () => {
    const root = tempFolder();
    const laptops = ['ann', 'bob', 'eve'].map((person) => {
      mkdirSync(`${root}/${person}`);
      return teamLaptop(`${root}/${person}`, person);
    });
    const feeders: (ChildProcess | undefined)[] = [];
    const startFeeder = (at: number): void => {
      feeders[at] = spawn(
        process.execPath,
        ['dist/waymark.cjs', 'worker', '--from', redis.url, '--store', postgres.url()],
        { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: root } },
      );
    };
    const killFeeder = async (at: number): Promise<void> => {
      const ended = feeders[at];
      feeders[at] = undefined;
      if (ended === undefined) return;
      const exit = new Promise((resolve) => ended.once('exit', resolve));
      ended.kill('SIGKILL');
      await exit;
    };
    try {
      for (const laptop of laptops) await enters(laptop, redis.url);
      for (const at of [0, 1]) startFeeder(at);

      const sent = await killEachInTurn(laptops);
      const written =
        'SELECT count(*) AS n FROM waymark_rows.prompts WHERE host IN (SELECT host FROM waymark.hosts)';
      await until('every prompt is in PostgreSQL', async () => {
        const [row] = await ask(written);
        return Number(row?.['n']) >= sent * laptops.length;
      });
      const ledger =
        await ask(`SELECT person, (SELECT count(*) FROM waymark_rows.prompts AS p WHERE p.host = h.host) AS prompts,
          (SELECT count(*) FROM public.written AS w WHERE w.host = h.host) AS writes FROM waymark.hosts AS h ORDER BY 1`);
      expect(ledger).toEqual(
        ['ann', 'bob', 'eve'].map((person) => ({ person, prompts: sent, writes: sent })),
      );
      for (const laptop of laptops)
        await until(`nothing waits on ${laptop.person}`, async () => {
          const { waiting, lastError } = JSON.parse(await laptop.waymark('fleet', '--json'));
          return waiting === 0 && lastError === null;
        });
      const admin = await redis.connect();
      expect(textOf(await admin.send('XLEN', deadKey(redis.place)))).toBe('0');
      await admin.close();

      await warnsAll(laptops);
    } finally {
      for (const laptop of laptops) await laptop.killWorker();
      for (const at of [0, 1]) await killFeeder(at);
    }

    /** @returns how many prompts each has sent. */
    async function killEachInTurn(all: readonly TeamLaptop[]): Promise<number> {
      const victims: ReadonlyArray<() => Promise<void>> = [
        ...all.map((laptop) => async () => {
          await laptop.killWorker();
          laptop.startWorker();
        }),
        ...[0, 1].map((at) => async () => {
          await killFeeder(at);
          startFeeder(at);
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
      let sent = 0;
      for (let round = 0; round < ROUNDS; round += 1)
        for (const kill of victims) {
          const talks = all.map(async (laptop) => {
            for (let n = 0; n < PROMPTS; n += 1)
              await laptop.hook('user-prompt-submit', 'UserPromptSubmit', {
                prompt: `Prompt ${sent + n} of ${laptop.person}`,
              });
          });
          await Promise.all([...talks, kill()]);
          sent += PROMPTS;
        }
      return sent;
    }

    async function warnsAll([ann, bob]: readonly TeamLaptop[]): Promise<void> {
      if (ann === undefined || bob === undefined) throw new Error('nobody');
      await ann.call('failed', WRONG, 'Exit code 1\nnpm error Missing script: "biuld"');
      await ann.call('ok', RIGHT);
      await ann.stops();
      const known = async (): Promise<ReadonlyArray<{ id: string; fix: string | null }>> =>
        JSON.parse(await ann.waymark('failures', 'list', '--json'));
      await until('ann knows the fix', async () => (await known())[0]?.fix === RIGHT);
      await ann.waymark('failures', 'confirm', (await known())[0]?.id ?? '');
      await bob.hook('user-prompt-submit', 'UserPromptSubmit', { prompt: 'I am here' });
      await until('bob looks for it', async () => bob.needles().includes('biuld'));
      const said = await bob.hook('prevent-failure', 'PreToolUse.Bash', {
        ...{ tool_use_id: 'toolu_bob_1', tool_input: { command: WRONG } },
      });
      expect(said).toContain('known to fail in your team');
      expect(said).toContain(RIGHT);
      expect(said).not.toContain('ann');
    }
  });

  /** Belongs to the team from now on, with all that happens in its project. */
  async function enters(laptop: TeamLaptop, url: string): Promise<void> {
    const { person, project, waymark } = laptop;
    await waymark('fleet', 'join', url, '--person', person, '--name', `${person}-pc`);
    await waymark('fleet', 'share', project, '--fields', 'figures,places,commands,texts');
    laptop.startWorker();
    await laptop.hook('session-start', 'SessionStart');
  }
});

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textOf } from '../../lib/fleet/redis/connect-redis.ts';
import { deadKey } from '../../lib/fleet/redis/feed-keys.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts';
import { seededRandom } from '../support/seeded-random.ts';
import {
  logWrites,
  prompts,
  streamMachine,
  streamSink,
  writesOf,
} from '../support/stream-scene.ts';

const isLong = process.env['WAYMARK_FAULT_LONG'] === '1';
const WRITES = isLong ? 50_000 : 2_000;
const KILLS = isLong ? 100 : 10;

describe.skipIf(postgresPrograms() === undefined || !hasRedis())('workers of a stream', () => {
  let team: TestTeam;
  let redis: RedisServer;

  beforeAll(async () => {
    team = await testTeam();
    await logWrites(team.session);
  });
  afterAll(() => team.close());
  beforeEach(async () => {
    redis = await startRedis();
    await team.empty();
    await team.session.script('TRUNCATE written');
  });
  afterEach(() => redis.remove());

  it('write each row once though they die before any of their commands', {
    timeout: 120_000,
  }, async () => {
    const { apply, send, feed } = streamMachine(redis, { host: 'steps' });
    const died = new Error('the worker died');
    let applied = 0;
    for (let step = 1, isOver = false; !isOver; step += 1) {
      apply(...prompts(applied, 10));
      applied += 10;
      await send();
      let left = step;
      const dying = <In extends readonly unknown[], Out>(run: (...given: In) => Promise<Out>) => {
        return async (...given: In): Promise<Out> => {
          left -= 1;
          if (left <= 0) throw died;
          return run(...given);
        };
      };
      const sink = streamSink(redis, team.url, {
        consumer: `worker ${step}`,
        openRedis: async () => {
          const session = await redis.connect();
          return { ...session, send: dying(session.send) };
        },
        through: (session) => ({
          ...session,
          query: dying(session.query),
          script: dying(session.script),
        }),
      });
      isOver = await sink.drain().then(
        () => true,
        () => false,
      );
      expect(step).toBeLessThan(300);
    }
    expect(await writesOf(team.session, 'steps')).toEqual({ all: applied, once: applied });
    expect(applied).toBeGreaterThan(150);
    await feed.close();
  });

  it(`write each of ${WRITES} rows once though they are killed ${KILLS} times`, {
    timeout: isLong ? 1_800_000 : 300_000,
  }, async () => {
    const home = mkdtempSync(`${tmpdir()}/waymark-redis-kills-`);
    const random = seededRandom(20_261_129);
    const machines = ['host-a', 'host-b', 'host-c', 'host-d'].map((host) =>
      streamMachine(redis, { host }),
    );
    const each = WRITES / machines.length;
    const start = () =>
      spawn(
        process.execPath,
        ['dist/waymark.cjs', 'worker', '--from', redis.url, '--store', team.url],
        { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: home, WAYMARK_HOME: home } },
      );
    const workers = [start(), start()];
    const written = async (): Promise<number> => {
      const [row] = await team.session.query(
        'SELECT count(DISTINCT (host, event_id)) AS n FROM written',
      );
      return Number(row?.['n']);
    };
    const until = async (wanted: number): Promise<void> => {
      for (let look = 1; (await written()) < wanted; look += 1) {
        await sleep(20);
        if (look % 50 === 0) for (const { send } of machines) await send();
      }
    };
    const part = each / KILLS;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = await written();
      for (const { apply, send } of machines)
        for (let at = 0; at < part; at += 10) {
          apply(...prompts(kill * part + at, Math.min(10, part - at)));
          await send();
        }
      await until(Math.min(before + 1, WRITES)); // a worker is in the middle of its work
      await sleep(random() * 60);
      const at = Math.floor(random() * workers.length);
      workers[at]?.kill('SIGKILL');
      workers[at] = start();
    }
    await until(WRITES);
    for (const worker of workers) {
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.kill('SIGTERM');
      await ended;
    }
    for (const { feed } of machines) await feed.close();
    rmSync(home, { recursive: true });
    for (const host of ['host-a', 'host-b', 'host-c', 'host-d'])
      expect(await writesOf(team.session, host)).toEqual({ all: each, once: each });
    const admin = await redis.connect();
    expect(textOf(await admin.send('XLEN', deadKey(redis.place)))).toBe('0');
    await admin.close();
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { redisPlace } from '../../lib/fleet/redis/redis-place.ts';
import { connectPostgres } from '../../lib/store/postgres/connect.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts';
import { type SilentLine, silentLine } from '../support/silent-line.ts';
import {
  logWrites,
  prompts,
  streamMachine,
  streamSink,
  writesOf,
} from '../support/stream-scene.ts';

const canRun = postgresPrograms() !== undefined && hasRedis();

/** Which bytes a partition swallows. With `back` alone a server does what nobody hears of. */
const PARTITIONS = [['there', 'back'], ['there'], ['back']] as const;

describe.runIf(canRun).each(PARTITIONS.map((silent) => [silent.join(' and '), silent] as const))(
  'a team whose network is silent on the way %s',
  (_name, silent) => {
    let team: TestTeam;
    let redis: RedisServer;
    let line: SilentLine;

    beforeEach(async () => {
      team = await testTeam();
      redis = await startRedis();
      await logWrites(team.session);
    });
    afterEach(async () => {
      await line.close();
      await redis.remove();
      await team.close();
    });

    const expectOnce = async (host: string, count: number): Promise<void> => {
      expect(await writesOf(team.session, host)).toEqual({ all: count, once: count });
    };

    /** As a worker does it: a busy machine may answer a first time too late. */
    const untilSent = (machine: ReturnType<typeof streamMachine>) =>
      vi.waitFor(async () => expect(await machine.send()).toBeUndefined(), 15_000);

    it('has each row of a laptop once after it could not reach Redis', async () => {
      line = await silentLine(redis.port);
      const place = redisPlace(`redis://127.0.0.1:${line.port}/0?partitions=2`);
      const machine = streamMachine(redis, { host: 'away', place, replyMs: 1_000 });
      machine.apply(...prompts(0, 50));
      await untilSent(machine);
      line.cut(...silent);
      machine.apply(...prompts(50, 50));
      expect(await machine.send()).toBe('no answer within 1 s');
      await streamSink(redis, team.url).drain(); // others go on meanwhile
      machine.apply(...prompts(100, 50));
      expect(await machine.send()).toBeDefined();
      line.heal();
      await untilSent(machine);
      await streamSink(redis, team.url).drain();
      await expectOnce('away', 150);
      await machine.feed.close();
    });

    it('has each row once after a worker lost PostgreSQL, which another one took over', async () => {
      const port = Number(new URL(team.url).port);
      line = await silentLine(port);
      const machine = streamMachine(redis, { host: 'here' });
      machine.apply(...prompts(0, 60));
      await machine.send();
      let commits = 0;
      const lost = streamSink(redis, team.url, {
        openPostgres: async () => {
          const url = team.url.replace(`:${port}/`, `:${line.port}/`);
          const session = await connectPostgres({ url, name: 'sink', statementMs: 1_000 });
          return {
            ...session,
            script: async (text) => {
              if (text === 'COMMIT' && commits++ === 0) line.cut(...silent);
              return session.script(text);
            },
          };
        },
      });
      await expect(lost.drain()).rejects.toThrow('timeout');
      // its session holds the partition until PostgreSQL notices that nobody is there
      await streamSink(redis, team.url).drain();
      line.heal();
      const held = "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory'";
      await vi.waitFor(
        async () => expect(await team.session.query(held)).toEqual([{ n: 0 }]),
        15_000,
      );
      await streamSink(redis, team.url).drain();
      await expectOnce('here', 60);
      machine.apply(...prompts(60, 20));
      await machine.send();
      await streamSink(redis, team.url).drain();
      await expectOnce('here', 80);
      await machine.feed.close();
    });
  },
);

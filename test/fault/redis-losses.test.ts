import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  deadKey,
  FEED_GROUP,
  MAX_ENTRY_TEXT,
  partitionOf,
  streamKey,
} from '../../lib/fleet/redis/feed-keys.ts';
import { textOf } from '../../lib/fleet/redis/connect-redis.ts';
import { backupOf, type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts';
import {
  logWrites,
  prompts,
  streamMachine,
  streamSink,
  writesOf,
} from '../support/stream-scene.ts';

describe.skipIf(postgresPrograms() === undefined || !hasRedis())(
  'a team whose Redis or PostgreSQL lost something, or is full',
  () => {
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

    const writes = (host: string) => writesOf(team.session, host);

    it.each([
      ['one of before it had anything', false],
      ['one of yesterday', true],
    ])('is sent everything again after PostgreSQL was restored from %s', async (_what, hasSome) => {
      const { apply, send, feed } = streamMachine(redis, { host: 'restored' });
      const sink = () => streamSink(redis, team.url).drain();
      const arrives = async (): Promise<void> => {
        await send();
        await sink();
        await send();
      };
      if (hasSome) {
        apply(...prompts(0, 50));
        await arrives();
      }
      const restore = await backupOf(team.session, 'restored');
      apply(...prompts(50, 50));
      await arrives();
      await restore();
      apply(...prompts(100, 10));
      for (let look = 0; look < 4; look += 1) await arrives();
      const [row] = await team.session.query(
        "SELECT (SELECT count(*) FROM waymark_rows.prompts WHERE host = 'restored') AS prompts, (SELECT count(*) FROM waymark_rows.events WHERE host = 'restored') AS events",
      );
      const all = hasSome ? 110 : 60;
      expect(row).toEqual({ prompts: all, events: all });
      await feed.close();
    });

    it('leaves out a row that is larger than workers take, and sends what comes behind it', async () => {
      const { apply, send, feed, codes } = streamMachine(redis, { host: 'large' });
      const [one, large, three] = prompts(0, 3);
      if (one === undefined || large === undefined || three === undefined) throw new Error('none');
      const payload = { ...large.payload, prompt: 'x'.repeat(MAX_ENTRY_TEXT) };
      apply(one, { ...large, payload }, three);
      expect(await send()).toBeUndefined();
      await streamSink(redis, team.url).drain();
      await send();
      apply(...prompts(3, 5));
      expect(await send()).toBeUndefined();
      await streamSink(redis, team.url).drain();
      expect(new Set(codes)).toEqual(new Set(['FLEET_REFUSED']));
      const [row] = await team.session.query(
        "SELECT count(*) AS n FROM waymark_rows.events WHERE host = 'large'",
      );
      expect(row).toEqual({ n: 7 });
      await feed.close();
    });

    it('empties a Redis that is out of memory, so that machines can go on', async () => {
      const admin = await redis.connect();
      const { apply, send, feed } = streamMachine(redis, { host: 'relief' });
      apply(...prompts(0, 300));
      await send();
      const key = streamKey(redis.place, partitionOf('relief', redis.place));
      await admin.send('XADD', key, '*', 'rubbish', 'x');
      await admin.send('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      await admin.send('CONFIG', 'SET', 'maxmemory', '1000');
      const sink = () => streamSink(redis, team.url).drain();
      // it has no room for what the team knows of failures
      await expect(sink()).rejects.toThrow(/Redis is out of memory/);
      expect(textOf(await admin.send('XLEN', deadKey(redis.place)))).toBe('1');
      expect(textOf(await admin.send('XLEN', key))).toBe('0');
      await admin.send('CONFIG', 'SET', 'maxmemory', '0');
      apply(...prompts(300, 10));
      for (let look = 0; look < 3; look += 1) {
        await send();
        await sink();
      }
      expect(await send()).toBeUndefined();
      expect(await writes('relief')).toEqual({ all: 310, once: 310 });
      await admin.close();
      await feed.close();
    });

    it('gets back what somebody else trimmed, deleted while it was pending, or took the group from', async () => {
      const admin = await redis.connect();
      const { apply, send, feed } = streamMachine(redis, { host: 'meddled' });
      const key = streamKey(redis.place, partitionOf('meddled', redis.place));
      const harms: ReadonlyArray<() => Promise<unknown>> = [
        () => admin.send('XTRIM', key, 'MAXLEN', '0'),
        async () => {
          await admin.send('XREADGROUP', 'GROUP', FEED_GROUP, 'dead', 'STREAMS', key, '>');
          await admin.send('XTRIM', key, 'MAXLEN', '1');
        },
        () => admin.send('XGROUP', 'DESTROY', key, FEED_GROUP),
        () => admin.send('XGROUP', 'SETID', key, FEED_GROUP, '$'),
        () => admin.send('DEL', key),
      ];
      apply(...prompts(0, 5));
      await send();
      await streamSink(redis, team.url).drain();
      for (const [nth, harm] of harms.entries()) {
        for (const part of [0, 10, 20]) {
          apply(...prompts(1_000 * (nth + 1) + part, 10));
          await send();
        }
        await harm();
        for (let look = 0; look < 12; look += 1) {
          await send();
          await streamSink(redis, team.url).drain();
        }
        const all = 5 + 30 * (nth + 1);
        expect({ nth, ...(await writes('meddled')) }).toEqual({ nth, all, once: all });
      }
      await admin.close();
      await feed.close();
    });
  },
);

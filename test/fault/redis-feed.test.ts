import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deadKey, partitionOf, streamKey } from '../../lib/fleet/redis/feed-keys.ts';
import { connectRedis, textOf } from '../../lib/fleet/redis/connect-redis.ts';
import type { FeedSink } from '../../lib/fleet/sink/feed-sink.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { runFeedWorker } from '../../lib/worker/run-feed-worker.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts';
import {
  logWrites,
  prompts,
  streamMachine,
  streamSink,
  writesOf,
} from '../support/stream-scene.ts';

const DAY_MS = 86_400_000;

describe.skipIf(postgresPrograms() === undefined || !hasRedis())(
  'a team that is fed by Redis',
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

    it('has every row once, and the machine learns that it has', async () => {
      const { apply, send, feed, store } = streamMachine(redis, { host: 'plain' });
      apply(...prompts(0, 300));
      expect(await send()).toBeUndefined();
      const sink = streamSink(redis, team.url);
      await sink.drain();
      expect(sink.total.dead).toBe(0);
      expect(await writes('plain')).toEqual({ all: 300, once: 300 });
      expect(store.prepare('SELECT count(*) AS n FROM fleet_changes').get()).not.toEqual({ n: 0 });
      expect(await send()).toBeUndefined();
      expect(store.prepare('SELECT count(*) AS n FROM fleet_changes').get()).toEqual({ n: 0 });
      await feed.close();
    });

    it('writes no row twice that a worker left unacknowledged, and does where positions are ignored', async () => {
      const { apply, send, feed } = streamMachine(redis, { host: 'twice' });
      apply(...prompts(0, 50));
      await send();
      const dies = new Error('the worker died');
      const dyingOnce = streamSink(redis, team.url, {
        openRedis: async () => {
          const session = await redis.connect();
          return {
            ...session,
            send: (...words) =>
              words[0] === 'XACK' ? Promise.reject(dies) : session.send(...words),
          };
        },
      });
      await expect(dyingOnce.drain()).rejects.toThrow(dies);
      expect(await writes('twice')).toEqual({ all: 50, once: 50 });
      // the negative control: a worker that believes that nothing was applied before
      const forgetful = (session: PostgresSession): PostgresSession => ({
        ...session,
        query: async (text, values) => {
          const rows = await session.query(text, values);
          return text.includes('FOR UPDATE')
            ? rows.map((row) => ({ ...row, applied: 0, applied_events: 0 }))
            : rows;
        },
      });
      const doubling = streamSink(redis, team.url, {
        through: forgetful,
        openRedis: async () => {
          const session = await redis.connect();
          return {
            ...session,
            send: (...words) =>
              words[0] === 'XACK' ? Promise.reject(dies) : session.send(...words),
          };
        },
      });
      await expect(doubling.drain()).rejects.toThrow(dies);
      expect(await writes('twice')).toEqual({ all: 100, once: 50 });
      await streamSink(redis, team.url).drain();
      expect(await writes('twice')).toEqual({ all: 100, once: 50 });
      await feed.close();
    });

    it('is sent again what a Redis lost that started empty', async () => {
      const { apply, send, feed, codes } = streamMachine(redis, { host: 'emptied' });
      apply(...prompts(0, 100));
      await send();
      await redis.kill();
      redis.deleteData();
      apply(...prompts(100, 10));
      expect(await send()).toBeTypeOf('string');
      await redis.start();
      expect(await send()).toBeUndefined();
      // lost behind the back of the feed: its connection saw nothing of it
      await redis.connect().then((session) => session.send('FLUSHALL').finally(session.close));
      apply(...prompts(110, 10));
      await send();
      await streamSink(redis, team.url).drain();
      expect((await writes('emptied')).once).toBe(0);
      await send();
      expect(codes).toContain('FLEET_RESENT');
      await streamSink(redis, team.url).drain();
      expect(await writes('emptied')).toEqual({ all: 120, once: 120 });
      await feed.close();
    });

    it('asks for what is missing also of a machine on which nothing happens', async () => {
      const { apply, send, feed } = streamMachine(redis, { host: 'quiet' });
      apply(...prompts(0, 10));
      await send();
      await redis.connect().then((session) => session.send('FLUSHALL').finally(session.close));
      const sink = () => streamSink(redis, team.url).drain();
      for (let look = 0; look < 12; look += 1) {
        await send();
        await sink();
      }
      expect(await writes('quiet')).toEqual({ all: 10, once: 10 });
      await feed.close();
    });

    it('loses nothing while Redis is out of memory, and says so', async () => {
      const admin = await redis.connect();
      await admin.send('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      const { apply, send, feed } = streamMachine(redis, { host: 'full' });
      apply(...prompts(0, 20));
      await send();
      await admin.send('CONFIG', 'SET', 'maxmemory', '1000');
      apply(...prompts(20, 20));
      expect(await send()).toMatch(/Redis is out of memory/);
      await admin.send('CONFIG', 'SET', 'maxmemory', '0');
      expect(await send()).toBeUndefined();
      await streamSink(redis, team.url).drain();
      expect(await writes('full')).toEqual({ all: 40, once: 40 });
      await admin.close();
      await feed.close();
    });

    it('loses nothing while Redis is a replica that takes no writes', async () => {
      const admin = await redis.connect();
      const { apply, send, feed } = streamMachine(redis, { host: 'replica' });
      apply(...prompts(0, 5));
      await admin.send('REPLICAOF', '127.0.0.1', '1');
      expect(await send()).toMatch(/read-only replica|MASTERDOWN/);
      await admin.send('REPLICAOF', 'NO', 'ONE');
      expect(await send()).toBeUndefined();
      await streamSink(redis, team.url).drain();
      expect(await writes('replica')).toEqual({ all: 5, once: 5 });
      await admin.close();
      await feed.close();
    });

    it('takes over what a PostgreSQL that failed in the middle of a batch did not commit', async () => {
      const { apply, send, feed } = streamMachine(redis, { host: 'cut' });
      apply(...prompts(0, 200));
      await send();
      const cut = (session: PostgresSession): PostgresSession => ({
        ...session,
        query: async (text, values) => {
          if (text.includes('INSERT INTO waymark_rows.hosts'))
            await team.session.query(
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sink'",
            );
          return session.query(text, values);
        },
      });
      await expect(streamSink(redis, team.url, { through: cut }).drain()).rejects.toThrow();
      expect(await writes('cut')).toEqual({ all: 0, once: 0 });
      await streamSink(redis, team.url).drain();
      expect(await writes('cut')).toEqual({ all: 200, once: 200 });
      await feed.close();
    });

    it('keeps two laptops apart that have one name and clocks two days apart', async () => {
      const one = streamMachine(redis, { host: 'host-a', aheadMs: DAY_MS });
      const two = streamMachine(redis, { host: 'host-b', aheadMs: -DAY_MS });
      one.apply(...prompts(0, 30));
      two.apply(...prompts(0, 30));
      expect([await one.send(), await two.send()]).toEqual([undefined, undefined]);
      await streamSink(redis, team.url).drain();
      expect([await writes('host-a'), await writes('host-b')]).toEqual([
        { all: 30, once: 30 },
        { all: 30, once: 30 },
      ]);
      const hosts = await team.session.query(
        'SELECT host, name, round(clock_ahead_ms / 86400000.0) AS days FROM waymark.hosts ORDER BY 1',
      );
      expect(hosts).toEqual([
        { host: 'host-a', name: 'laptop', days: 1 },
        { host: 'host-b', name: 'laptop', days: -1 },
      ]);
      await one.feed.close();
      await two.feed.close();
    });

    it('is fed again once a machine has the new password', async () => {
      const admin = await redis.connect();
      const rights = ['on', 'resetkeys', '~*', '+xadd', '+get', '+select'];
      await admin.send('ACL', 'SETUSER', 'ann', 'resetpass', '>old', ...rights);
      let password = 'old';
      const place = { ...redis.place, user: 'ann' };
      const { apply, send, feed } = streamMachine(redis, {
        ...{ host: 'rotated', place, password: () => password },
      });
      apply(...prompts(0, 5));
      expect(await send()).toBeUndefined();
      await admin.send('ACL', 'SETUSER', 'ann', 'resetpass', '>new');
      await admin.send('CLIENT', 'KILL', 'USER', 'ann');
      apply(...prompts(5, 5));
      expect(await send()).toMatch(/WRONGPASS/);
      password = 'new';
      expect(await send()).toBeUndefined();
      await streamSink(redis, team.url).drain();
      expect(await writes('rotated')).toEqual({ all: 10, once: 10 });
      await admin.close();
      await feed.close();
    });

    it('says what to do where a worker cannot use a server, also while it waits', async () => {
      const admin = await redis.connect();
      await admin.send('ACL', 'SETUSER', 'worker', 'on', '>secret', '~*', '+@all');
      const once = (from: string, store = team.url) =>
        runFeedWorker({
          ...{ from, store, once: true, json: false },
          environment: { WAYMARK_FROM_PASSWORD: 'wrong' },
          terminal: { write: () => undefined },
        });
      const wrong = redis.url.replace('redis://', 'redis://worker@');
      await expect(once(wrong)).rejects.toMatchObject({
        message: expect.stringMatching(/^Cannot apply the feed: WRONGPASS/),
        remedy: expect.stringMatching(/^Check the user, the password/),
      });
      const nothing = new URL(team.url);
      nothing.pathname = '/nothing';
      await expect(once(redis.url, nothing.href)).rejects.toMatchObject({
        message: 'Cannot apply the feed: database "nothing" does not exist',
        remedy: expect.not.stringContaining('fleet status'),
      });
      await admin.send('SET', streamKey(redis.place, 0), 'of another program');
      const said: unknown[] = [];
      const sink: FeedSink = streamSink(redis, team.url, {
        log: (...words) => {
          said.push(words);
          sink.stop();
        },
      });
      await sink.run();
      expect(said).toEqual([
        [
          ...['warn', 'FEED_SINK_DOWN'],
          'Cannot apply the feed: WRONGTYPE Operation against a key holding the wrong kind of value',
          { remedy: expect.stringContaining('?prefix=') },
        ],
      ]);
      await admin.close();
    });

    it('works with the rights that the docs give, which read no entry of others', async () => {
      const admin = await redis.connect();
      const page = readFileSync('docs/team.md', 'utf8');
      for (const [, user = '', rights = ''] of page.matchAll(/^user (\w+) on (.*)$/gm)) {
        const words = rights.replace('>PASSWORD', '>secret').split(' ');
        await admin.send('ACL', 'SETUSER', user, 'on', ...words);
      }
      const as = (user: string) => ({ ...redis.place, user });
      const { apply, send, feed } = streamMachine(redis, {
        ...{ host: 'least', place: as('ann'), password: () => 'secret' },
      });
      apply(...prompts(0, 5));
      expect(await send()).toBeUndefined();
      const ann = await connectRedis({ place: as('ann'), password: 'secret' });
      const key = streamKey(redis.place, partitionOf('least', redis.place));
      await expect(ann.send('XRANGE', key, '-', '+')).rejects.toThrow(/NOPERM/);
      await expect(ann.send('SET', 'waymark:receipt:least', '{}')).rejects.toThrow(/NOPERM/);
      await streamSink(redis, team.url, {
        openRedis: () => connectRedis({ place: as('worker'), password: 'secret' }),
      }).drain();
      expect(await writes('least')).toEqual({ all: 5, once: 5 });
      await ann.close();
      await admin.close();
      await feed.close();
    });

    it('puts aside what cannot be read or taken, and applies all else', async () => {
      const { apply, send, feed } = streamMachine(redis, { host: 'poison' });
      const key = streamKey(redis.place, partitionOf('poison', redis.place));
      const admin = await redis.connect();
      await admin.send('XADD', key, '*', 'rubbish', 'x');
      apply(...prompts(0, 20));
      await send();
      await team.session.script(
        "ALTER TABLE waymark_rows.prompts ADD CONSTRAINT odd CHECK (id NOT LIKE '%0000000000000007')",
      );
      const sink = streamSink(redis, team.url);
      await sink.drain();
      await team.session.script('ALTER TABLE waymark_rows.prompts DROP CONSTRAINT odd');
      expect(sink.total.dead).toBe(2);
      expect((await writes('poison')).once).toBe(19);
      expect(textOf(await admin.send('XLEN', deadKey(redis.place)))).toBe('2');
      expect(textOf(await admin.send('XLEN', key))).toBe('0');
      await send();
      expect(textOf(await admin.send('XLEN', key))).toBe('0');
      await admin.close();
      await feed.close();
    });

    it('keeps in the stream what another group has not acknowledged', async () => {
      const { apply, send, feed } = streamMachine(redis, { host: 'groups' });
      const key = streamKey(redis.place, partitionOf('groups', redis.place));
      const admin = await redis.connect();
      await admin.send('XGROUP', 'CREATE', key, 'audit', '0', 'MKSTREAM');
      apply(...prompts(0, 5));
      await send();
      await streamSink(redis, team.url).drain();
      expect(textOf(await admin.send('XLEN', key))).toBe('1');
      await admin.send('XREADGROUP', 'GROUP', 'audit', 'one', 'STREAMS', key, '>');
      await streamSink(redis, team.url).drain();
      expect(textOf(await admin.send('XLEN', key))).toBe('1');
      await admin.send('XGROUP', 'DESTROY', key, 'audit');
      await streamSink(redis, team.url).drain();
      expect(textOf(await admin.send('XLEN', key))).toBe('0');
      await admin.close();
      await feed.close();
    });
  },
);

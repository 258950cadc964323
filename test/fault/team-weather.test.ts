import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { connectRedis, textOf } from '../../lib/fleet/redis/connect-redis.ts';
import { redisPlace } from '../../lib/fleet/redis/redis-place.ts';
import { teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { connectPostgres } from '../../lib/store/postgres/connect.ts';
import { migratePostgres } from '../../lib/store/postgres/migrate-postgres.ts';
import type { Database } from '../../lib/store/database.ts';
import type { PostgresSession } from '../../lib/store/postgres/session.ts';
import { askPasswords } from '../support/ask-passwords.ts';
import { movablePort } from '../support/movable-port.ts';
import {
  type PostgresServer,
  postgresPrograms,
  startPostgres,
} from '../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts';
import {
  logWrites,
  prompts,
  streamMachine,
  streamSink,
  writesOf,
} from '../support/stream-scene.ts';

const canRun = postgresPrograms() !== undefined && hasRedis();

describe.runIf(canRun)('a team whose servers are in trouble', () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  let admin: PostgresSession;

  beforeEach(async () => {
    postgres = await startPostgres(postgresPrograms() ?? '');
    redis = await startRedis();
    admin = await postgres.connect();
    await migratePostgres(admin, teamTablesOfProgram(sqliteDriver()), 'test');
    await logWrites(admin);
  });
  afterEach(async () => {
    await admin.close();
    await redis.remove();
    postgres.remove();
  });

  const remedyIn = (store: Database): unknown =>
    store.prepare("SELECT value FROM fleet_state WHERE name = 'error_remedy'").get()?.['value'];

  it('has each row once after Redis stood still for longer than anybody waits, and says so meanwhile', async () => {
    const { apply, send, feed, store } = streamMachine(redis, { host: 'slow', replyMs: 300 });
    apply(...prompts(0, 50));
    await send();
    process.kill(redis.pid() ?? 0, 'SIGSTOP');
    apply(...prompts(50, 50));
    expect(await send()).toBe('no answer within 0.3 s');
    expect(remedyIn(store)).toBe('Check that it runs, and that this machine reaches it.');
    process.kill(redis.pid() ?? 0, 'SIGCONT');
    await streamSink(redis, postgres.url()).drain(); // with what it was given and did not answer
    expect(await send()).toBeUndefined();
    await streamSink(redis, postgres.url()).drain();
    expect(await writesOf(admin, 'slow')).toEqual({ all: 100, once: 100 });
    await feed.close();
  });

  it('has each row once after a fail-over to a replica that lacked the last entries', async () => {
    const replica = await startRedis('--replicaof', '127.0.0.1', `${redis.port}`);
    onTestFinished(() => replica.remove());
    const address = await movablePort(redis.port);
    onTestFinished(() => address.close());
    const url = `redis://127.0.0.1:${address.port}/0?partitions=2`;
    const place = redisPlace(url);
    const { apply, send, feed } = streamMachine(redis, { host: 'moved', place });
    const sink = () =>
      streamSink(redis, postgres.url(), { place, openRedis: () => connectRedis({ place }) });
    const behind = await replica.connect();
    apply(...prompts(0, 60));
    await send();
    await sink().drain();
    while (!textOf(await behind.send('INFO', 'replication')).includes('master_link_status:up'))
      await sleep(20);
    await behind.send('REPLICAOF', 'NO', 'ONE');
    apply(...prompts(60, 60));
    expect(await send()).toBeUndefined(); // the old primary took it
    await redis.kill();
    apply(...prompts(120, 30));
    expect(await send()).toBeTypeOf('string');
    address.moveTo(replica.port);
    await sink().drain();
    expect((await writesOf(admin, 'moved')).once).toBe(60); // the rest is lost to Redis
    for (let look = 0; look < 14 && (await writesOf(admin, 'moved')).once < 150; look += 1) {
      await send();
      await sink().drain();
    }
    expect(await writesOf(admin, 'moved')).toEqual({ all: 150, once: 150 });
    await behind.close();
    await feed.close();
  });

  it('has each row once after PostgreSQL was a standby for a while', async () => {
    const { apply, send, feed } = streamMachine(redis, { host: 'standby' });
    apply(...prompts(0, 40));
    await send();
    await admin.script(
      "DO $$ BEGIN EXECUTE format('COPY (SELECT 1) TO %L', current_setting('data_directory') || '/standby.signal'); END $$",
    );
    await admin.close();
    postgres.stop('fast');
    await postgres.start();
    await expect(streamSink(redis, postgres.url()).drain()).rejects.toMatchObject({
      kind: 'readonly',
      message: expect.stringMatching(/read-only|recovery/),
    });
    admin = await postgres.connect();
    expect(await writesOf(admin, 'standby')).toEqual({ all: 0, once: 0 });
    await admin.query('SELECT pg_promote()');
    await streamSink(redis, postgres.url()).drain();
    expect(await writesOf(admin, 'standby')).toEqual({ all: 40, once: 40 });
    expect(await send()).toBeUndefined();
    await feed.close();
  });

  it('has each row once after the password of its worker was changed', async () => {
    await admin.script(`
      CREATE ROLE feeder LOGIN PASSWORD 'old' IN ROLE waymark_writer;
      GRANT INSERT ON public.written TO feeder`);
    await askPasswords(admin, ['feeder']);
    let password = 'old';
    const openPostgres = () =>
      connectPostgres({ url: postgres.url('postgres', 'feeder'), password, name: 'sink' });
    const { apply, send, feed } = streamMachine(redis, { host: 'rotated' });
    const drain = () => streamSink(redis, postgres.url(), { openPostgres }).drain();
    apply(...prompts(0, 20));
    await send();
    await drain();
    await admin.script("ALTER ROLE feeder PASSWORD 'new'");
    apply(...prompts(20, 20));
    await send();
    await expect(drain()).rejects.toMatchObject({
      kind: 'denied',
      message: 'password authentication failed for user "feeder"',
    });
    password = 'new';
    await drain();
    expect(await writesOf(admin, 'rotated')).toEqual({ all: 40, once: 40 });
    await feed.close();
  });

  it('has each row once after a worker was refused a connection', async () => {
    const { apply, send, feed } = streamMachine(redis, { host: 'crowd' });
    apply(...prompts(0, 20));
    await send();
    await admin.script(
      'ALTER DATABASE postgres CONNECTION LIMIT 0; CREATE ROLE feeder LOGIN IN ROLE waymark_writer; GRANT INSERT ON public.written TO feeder',
    );
    const openPostgres = () =>
      connectPostgres({ url: postgres.url('postgres', 'feeder'), name: 'sink' });
    const drain = () => streamSink(redis, postgres.url(), { openPostgres }).drain();
    await expect(drain()).rejects.toMatchObject({ kind: 'busy' });
    await admin.script('ALTER DATABASE postgres CONNECTION LIMIT -1');
    await drain();
    expect(await writesOf(admin, 'crowd')).toEqual({ all: 20, once: 20 });
    await feed.close();
  });
});

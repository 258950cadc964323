import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Left, leaveFleet } from '../../lib/actions/leave-fleet.ts';
import type { StateFolder } from '../../lib/core/state-folder.ts';
import { readMembership } from '../../lib/fleet/membership.ts';
import { listOf } from '../../lib/fleet/redis/connect-redis.ts';
import { deadKey } from '../../lib/fleet/redis/feed-keys.ts';
import { addDeadChange } from '../../lib/fleet/sink/dead-feed.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts';
import { prompts, streamMachine, streamSink } from '../support/stream-scene.ts';
import { testHome } from '../support/test-home.ts';
import { runCommand } from '../unit/cli/run-command.ts';

const canRun = postgresPrograms() !== undefined && hasRedis();

describe.skipIf(!canRun)('a machine that leaves its team through Redis', () => {
  let team: TestTeam;
  let redis: RedisServer;

  beforeAll(async () => {
    team = await testTeam();
  });
  afterAll(() => team.close());
  beforeEach(async () => {
    redis = await startRedis();
    await team.empty();
  });
  afterEach(() => redis.remove());

  const join = async (): Promise<{ readonly folder: StateFolder; readonly host: string }> => {
    const { folder } = testHome();
    expect(await runCommand(folder, ['fleet', 'join', redis.url])).toMatchObject({ status: 0 });
    return { folder, host: readMembership(folder.root)?.host ?? '' };
  };
  /** Prompts of this machine are at the team. */
  const fed = async (host: string) => {
    const machine = streamMachine(redis, { host });
    machine.apply(...prompts(0, 30));
    await machine.send();
    await streamSink(redis, team.url).drain();
    expect(await rowsOf(host)).toBe(30);
    return machine;
  };
  const rowsOf = async (host: string): Promise<number> => {
    const [row] = await team.session.query(
      'SELECT count(*) AS n FROM waymark_rows.prompts WHERE host = $1',
      [host],
    );
    return Number(row?.['n']);
  };
  const leave = (folder: StateFolder, looks = 0): Promise<Left | undefined> =>
    leaveFleet({ folder, environment: {}, clock: Date.now }, { isDeleting: true, looks });

  it('is deleted by a worker with its dead letters, and no other machine is', async () => {
    const [ann, bob] = [await join(), await join()];
    const [feed, other] = [await fed(ann.host), await fed(bob.host)];
    const session = await redis.connect();
    for (const host of [ann.host, bob.host])
      await addDeadChange(
        session,
        deadKey(redis.place),
        { stream: 's', entry: '1-1', reason: 'no' },
        { host, name: 'laptop' },
        { from: { table: 'prompts', key: ['id'] }, key: { id: 'p' } },
      );
    const sink = streamSink(redis, team.url, { consumer: 'waiting' });
    const running = sink.run();
    expect(await runCommand(ann.folder, ['fleet', 'leave', '--delete'])).toMatchObject({
      ...{ status: 0, out: expect.stringMatching(/is deleted/) },
    });
    sink.stop();
    await running;
    expect([await rowsOf(ann.host), await rowsOf(bob.host)]).toEqual([0, 30]);
    expect(listOf(await session.send('XRANGE', deadKey(redis.place), '-', '+'))).toHaveLength(1);
    expect(readMembership(ann.folder.root)).toBeUndefined();
    await session.close();
    await feed.feed.close();
    await other.feed.close();
  });

  it('waits for a worker, sends nothing meanwhile, and asks again', async () => {
    const { folder, host } = await join();
    const { feed } = await fed(host);
    expect(await leave(folder)).toMatchObject({ deleted: 'asked' });
    expect(await rowsOf(host)).toBe(30);
    expect(readMembership(folder.root)?.leaving).toEqual(expect.any(String));
    const again = await runCommand(folder, ['fleet', 'join', redis.url]);
    expect(again.err).toMatch(
      /^Cannot join .*: this machine is leaving it\n.*`waymark fleet leave --delete`/,
    );
    await streamSink(redis, team.url).drain();
    expect(await rowsOf(host)).toBe(0);
    expect(await leave(folder)).toMatchObject({ deleted: 'yes' });
    expect(readMembership(folder.root)).toBeUndefined();
    await feed.close();
  });

  it('is deleted though Redis lost the wish', async () => {
    const { folder, host } = await join();
    const { feed } = await fed(host);
    expect(await leave(folder)).toMatchObject({ deleted: 'asked' });
    await redis.kill();
    redis.deleteData();
    await redis.start();
    await streamSink(redis, team.url).drain();
    expect(await rowsOf(host)).toBe(30);
    expect(await leave(folder)).toMatchObject({ deleted: 'asked' });
    await streamSink(redis, team.url).drain();
    expect(await rowsOf(host)).toBe(0);
    expect(await leave(folder)).toMatchObject({ deleted: 'yes' });
    await feed.close();
  });

  it('is not put back by what its worker sends late, which is told so', async () => {
    const { folder, host } = await join();
    const { feed } = await fed(host);
    await leave(folder);
    const late = streamMachine(redis, { host });
    late.apply(...prompts(100, 5));
    await late.send();
    await streamSink(redis, team.url).drain();
    expect(await rowsOf(host)).toBe(0);
    expect(await leave(folder)).toMatchObject({ deleted: 'yes' });
    expect(await late.send()).toMatch(/this machine has left the team/);
    await feed.close();
    await late.feed.close();
  });

  it('stays a member when Redis cannot be reached', async () => {
    const { folder, host } = await join();
    const before = readMembership(folder.root);
    await redis.kill();
    await expect(leave(folder)).rejects.toMatchObject({ code: 'FLEET_UNREACHABLE' });
    expect(readMembership(folder.root)).toEqual(before);
    expect(before?.host).toBe(host);
  });

  it('is not deleted by the worker of another team, whose entries go on', async () => {
    const { host } = await join();
    const { feed } = await fed(host);
    await team.session.script(`
      CREATE ROLE other LOGIN IN ROLE waymark_writer;
      INSERT INTO waymark_rows.members VALUES ('other', 'billing'), ('owner', 'main')`);
    const stranger = await startRedis();
    const { folder } = testHome();
    await runCommand(folder, ['fleet', 'join', stranger.url]);
    const own = readMembership(folder.root);
    const url = team.url.replace('owner@', 'other@');
    // it names a machine that is none of its team
    const forged = streamMachine(stranger, { host });
    forged.apply(...prompts(200, 3));
    await forged.send();
    const honest = streamMachine(stranger, { host: own?.host ?? '' });
    honest.apply(...prompts(300, 4));
    await honest.send();
    const sink = streamSink(stranger, url, { place: stranger.place });
    await sink.drain();
    expect(await rowsOf(host)).toBe(30);
    expect(await rowsOf(own?.host ?? '')).toBe(4);
    expect(sink.total.dead).toBeGreaterThan(0);
    await stranger.remove();
    for (const one of [feed, forged.feed, honest.feed]) await one.close();
    await team.session.script('DROP ROLE other');
  });
});

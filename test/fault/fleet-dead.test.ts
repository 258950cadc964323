import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { partitionOf, streamKey } from '../../lib/fleet/redis/feed-keys.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts';
import { prompts, streamMachine, streamSink } from '../support/stream-scene.ts';
import { preparedStore } from '../unit/cli/prepared-store.ts';
import { runCommand } from '../unit/cli/run-command.ts';

/** Refuses the prompts number 7 and 9, as a database does that was changed by hand. */
const REFUSE = `ALTER TABLE waymark_rows.prompts ADD CONSTRAINT odd CHECK (id !~ '000000000000000[79]$')`;
const TAKE_AGAIN = 'ALTER TABLE waymark_rows.prompts DROP CONSTRAINT IF EXISTS odd';

interface Letter {
  readonly id: string;
  readonly host: string;
  readonly table: string | null;
  readonly reason: string;
}

describe.skipIf(postgresPrograms() === undefined || !hasRedis())('dead letters of a team', () => {
  let team: TestTeam;
  let redis: RedisServer;

  beforeAll(async () => {
    team = await testTeam();
  });
  afterAll(() => team.close());
  beforeEach(async () => {
    redis = await startRedis();
    await team.empty();
    await team.session.script(TAKE_AGAIN);
  });
  afterEach(() => redis.remove());

  const dead = (...args: readonly string[]) =>
    runCommand(preparedStore(), ['fleet', 'dead', ...args], {
      environment: { WAYMARK_FROM_URL: redis.url, WAYMARK_STORE_URL: team.url },
    });
  const letters = async (): Promise<readonly Letter[]> => JSON.parse((await dead('--json')).out);
  const numbers = async (): Promise<readonly unknown[]> =>
    (
      await team.session.query(
        "SELECT right(id, 2)::int AS n FROM waymark_rows.prompts WHERE host = 'poison' ORDER BY 1",
      )
    ).map(({ n }) => n);

  /** Two refused rows, and one entry that cannot be read. */
  const poison = async () => {
    const { apply, send, feed, store } = streamMachine(redis, { host: 'poison' });
    apply(...prompts(0, 12));
    await send();
    await team.session.script(REFUSE);
    const admin = await redis.connect();
    const key = streamKey(redis.place, partitionOf('poison', redis.place));
    await admin.send('XADD', key, '*', 'rubbish', 'x');
    await admin.close();
    await streamSink(redis, team.url).drain();
    return { apply, send, feed, store };
  };

  it('are listed with why, stay while the cause does, and are applied once when it is gone', async () => {
    const { feed, send } = await poison();
    expect(await letters()).toMatchObject([
      { host: '', table: null, reason: 'its head cannot be read' },
      { host: 'poison', table: 'prompts', reason: expect.stringMatching(/check constraint/) },
      { host: 'poison', table: 'prompts', reason: expect.stringMatching(/check constraint/) },
    ]);
    expect(await numbers()).toEqual([0, 1, 2, 3, 4, 5, 6, 8, 10, 11]);
    expect(await send()).toBeUndefined(); // the machine is not held up

    const early = await dead('--retry');
    expect({ ...early, err: '' }).toMatchObject({
      status: 1,
      out: '0 dead letters applied, 3 left.\n',
    });
    expect(await letters()).toHaveLength(3);

    await team.session.script(TAKE_AGAIN);
    const { status, out } = await dead('--retry', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(out).map(({ reason }: { reason?: string }) => reason)).toEqual([
      'its head cannot be read',
      undefined,
      undefined,
    ]);
    expect(await numbers()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await letters()).toMatchObject([{ table: null }]);
    expect((await dead('--delete')).out).toBe('1 dead letter deleted.\n');
    expect((await dead()).out).toBe('No dead letters.\n');
    await feed.close();
  });

  it('do not put back what the machine has sent again since', async () => {
    const { feed, send, store } = await poison();
    await team.session.script(TAKE_AGAIN);
    store.exec("UPDATE sessions SET model = 'new', model_at = 9 WHERE id = 's7'");
    await send();
    await streamSink(redis, team.url).drain();
    await dead('--retry');
    await dead('--retry');
    const [row] = await team.session.query(
      "SELECT model, (SELECT count(*) FROM waymark_rows.prompts WHERE host = 'poison') AS n FROM waymark_rows.sessions WHERE id = 's7'",
    );
    expect(row).toEqual({ model: 'new', n: 12 });
    await feed.close();
  });

  it('are deleted one by one, and never another one than the one that is named', async () => {
    const { feed } = await poison();
    const [first, second] = await letters();
    for (const id of ['1-0', '9999999999999-0', 'seven', `${first?.id}9`]) {
      const { status, err } = await dead('--delete', '--id', id);
      expect({ id, status }).toEqual({ id, status: 1 });
      expect(err).toMatch(/^Cannot find dead letter .*\n`waymark fleet dead` shows the ids\.\n$/);
    }
    expect(await letters()).toHaveLength(3);
    expect((await dead('--delete', '--id', second?.id ?? '')).out).toBe('1 dead letter deleted.\n');
    expect((await letters()).map(({ id }) => id)).not.toContain(second?.id);
    await team.session.script(TAKE_AGAIN);
    expect((await dead('--retry', '--limit', '9')).status).toBe(1);
    expect(await numbers()).toHaveLength(11);
    await feed.close();
  });

  it('are kept, with what to do, while a server is away', async () => {
    const { feed } = await poison();
    const away = await runCommand(preparedStore(), ['fleet', 'dead', '--retry'], {
      environment: {
        WAYMARK_FROM_URL: redis.url,
        WAYMARK_STORE_URL: 'postgres://ann:hidden@127.0.0.1:1/team',
      },
    });
    expect(away).toMatchObject({ status: 1, out: '' });
    expect(away.err).toMatch(/^Cannot use postgres:\/\/ann@127\.0\.0\.1:1\/team: .*\n.*\n$/);
    expect(away.err).not.toContain('hidden');
    expect(await letters()).toHaveLength(3);
    await feed.close();
  });
});

import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  listOf,
  type RedisSession,
  type Reply,
  textOf,
} from '../../lib/fleet/redis/connect-redis.ts';
import {
  deadKey,
  MAX_ENTRY_BYTES,
  MAX_ENTRY_TEXT,
  partitionOf,
  streamKey,
} from '../../lib/fleet/redis/feed-keys.ts';
import { type FeedLetter, feedLetters } from '../../lib/fleet/sink/dead-feed.ts';
import { PostgresFault } from '../../lib/store/postgres/postgres-fault.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts';
import { prompts, streamMachine, streamSink } from '../support/stream-scene.ts';

const canRun = postgresPrograms() !== undefined && hasRedis();

/** An entry of a machine that follows its last one. */
const headOf = (nth: number, more: object = {}): string =>
  JSON.stringify({
    ...{ form: 1, schema: 1, host: 'odd', name: 'odd', person: 'eve', version: '1', feed: 'f' },
    ...{ round: 'r', at: 1_795_000_000_000, start: [0, 0], from: [nth, 0], upTo: [nth + 1, 0] },
    ...more,
  });

const noteOf = (nth: number, detail: unknown, more: object = {}): string =>
  JSON.stringify({
    changes: [
      [
        nth + 1,
        'session_log',
        { id: `log_${nth}`, session_id: 's', at: 1, kind: 'note', detail, ...more },
      ],
    ],
    ...{ eventsAt: 1, forgotten: [] },
  });

describe.runIf(canRun)('a worker of a team', () => {
  let team: TestTeam;
  let redis: RedisServer;
  let admin: RedisSession;
  let key: string;

  beforeEach(async () => {
    team = await testTeam();
    redis = await startRedis();
    admin = await redis.connect();
    key = streamKey(redis.place, partitionOf('odd', redis.place));
  });
  afterEach(async () => {
    await admin.close();
    await redis.remove();
    await team.close();
  });

  const add = (head: string, data: string | Buffer): Promise<unknown> =>
    admin.send('XADD', key, '*', 'meta', head, Buffer.isBuffer(data) ? 'deflated' : 'data', data);
  const countOf = async (sql: string): Promise<number> =>
    Number((await team.session.query(sql))[0]?.['n']);
  const left = async (): Promise<readonly string[]> => [
    textOf(await admin.send('XLEN', key)),
    textOf(await admin.send('XLEN', deadKey(redis.place))),
  ];

  const lettersOf = async (): Promise<readonly FeedLetter[]> => {
    const letters: FeedLetter[] = [];
    for await (const letter of feedLetters(admin, deadKey(redis.place))) letters.push(letter);
    return letters;
  };

  it('applies few megabytes in one transaction, and small entries together', {
    timeout: 120_000,
  }, async () => {
    const size = 4_500_000;
    for (const nth of [0, 1]) await add(headOf(nth), noteOf(nth, 'word '.repeat(size / 5)));
    await add(headOf(2), deflateRawSync(noteOf(2, 'a'.repeat(size))));
    for (const nth of [3, 4, 5]) await add(headOf(nth), noteOf(nth, 'small'));
    let commits = 0;
    const sink = streamSink(redis, team.url, {
      through: (session) => ({
        ...session,
        script: (text) => {
          if (text === 'COMMIT') commits += 1;
          return session.script(text);
        },
      }),
    });
    await sink.drain();
    expect(sink.total).toMatchObject({ entries: 6, rows: 6, dead: 0 });
    expect(commits).toBe(3); // the small ones go with the last large one
    expect(
      await countOf(
        `SELECT count(*) AS n FROM waymark_rows.session_log WHERE length(detail) = ${size}`,
      ),
    ).toBe(3);
    expect(await left()).toEqual(['0', '0']);
  });

  it('puts values of a wrong type aside, and applies the neighbours', async () => {
    const odd: ReadonlyArray<readonly [head: string, data: string | Buffer]> = [
      [headOf(0), noteOf(0, { nested: true })],
      [headOf(1), noteOf(1, ['list'])],
      [headOf(2), noteOf(2, true)],
      [headOf(3), noteOf(3, 'x', { unknown_column: 1 })],
      [headOf(4), noteOf(4, 'x', { session_id: null, id: null })],
      [headOf(5), '{"changes":{"0":1},"eventsAt":0,"forgotten":[]}'],
      [headOf(6), '{"changes":[[7,"members",{"role":"eve","team":"main"}]],"eventsAt":1}'],
      [headOf(7), Buffer.from('not deflated')],
      [headOf(8, { schema: 99_999 }), noteOf(8, 'x')],
      [headOf(9, { host: 7 }), noteOf(9, 'x')],
      [headOf(9, { upTo: 'far' }), noteOf(9, 'x')],
      ['[]', noteOf(9, 'x')],
    ];
    for (const [head, data] of odd) await add(head, data);
    await add(headOf(9), noteOf(9, 12.5, { at: '1795000000000' }));
    const { apply, send, feed } = streamMachine(redis, { host: 'neighbour' });
    apply(...prompts(0, 20));
    await send();
    const sink = streamSink(redis, team.url);
    await sink.drain();
    expect(sink.total.dead).toBe(odd.length);
    expect(
      await countOf("SELECT count(*) AS n FROM waymark_rows.prompts WHERE host = 'neighbour'"),
    ).toBe(20);
    expect(
      await team.session.query(
        "SELECT id, detail, at FROM waymark_rows.session_log WHERE host = 'odd'",
      ),
    ).toEqual([{ id: 'log_9', detail: '12.5', at: 1_795_000_000_000 }]);
    expect(await left()).toEqual(['0', `${odd.length}`]);
    await feed.close();
  });

  it('holds a few megabytes at once, however many large entries wait', {
    timeout: 120_000,
  }, async () => {
    const size = 5_000_000;
    for (const nth of [0, 1, 2]) await add(headOf(nth), noteOf(nth, 'x'.repeat(size)));
    await add(headOf(3), noteOf(3, 'x'.repeat(MAX_ENTRY_BYTES)));
    await add(headOf(4, { pad: 'x'.repeat(MAX_ENTRY_BYTES) }), noteOf(4, 'x'));
    for (const nth of [4, 5]) await add(headOf(nth), noteOf(nth, 'small'));
    const replies: number[] = [];
    const counting = async (): Promise<RedisSession> => {
      const session = await redis.connect();
      return {
        ...session,
        send: async (...words) => {
          const reply = await session.send(...words);
          replies.push(bytesOf(reply));
          return reply;
        },
      };
    };
    const sink = streamSink(redis, team.url, { openRedis: counting });
    await sink.drain();
    expect(sink.total).toMatchObject({ entries: 7, rows: 5, dead: 2 });
    expect(Math.max(...replies)).toBeLessThan(size + 100_000);
    const letters = await lettersOf();
    expect(letters.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^it has 16,000,\d{3} bytes, .* its data is not kept$/),
      expect.stringMatching(/^it has 16,000,\d{3} bytes, .* its data is not kept$/),
    ]);
    expect(letters.map(({ host }) => host)).toEqual(['odd', '']);
    expect(await countOf("SELECT applied AS n FROM waymark_rows.hosts WHERE host = 'odd'")).toBe(6);
  });

  it('puts aside what expands to far more than its size, and says so', async () => {
    const one = '[1,"session_log",{"id":"a"}],';
    const many = (count: number): string =>
      `{"changes":[${one.repeat(count)}[1,"session_log",{"id":"a"}]],"eventsAt":9}`;
    const bombs = [
      noteOf(0, 'a'.repeat(MAX_ENTRY_TEXT)),
      `{"changes":${'['.repeat(MAX_ENTRY_TEXT)}`,
      many(4_000),
      `{"changes":[],"eventsAt":0,"forgotten":[${'"a",'.repeat(4_000)}"a"]}`,
    ];
    for (const [nth, bomb] of bombs.entries()) await add(headOf(nth), deflateRawSync(bomb));
    await add(headOf(4), noteOf(4, 'small'));
    const sink = streamSink(redis, team.url);
    await sink.drain();
    expect(sink.total).toMatchObject({ entries: 5, rows: 1, dead: 4 });
    expect((await lettersOf()).map(({ reason }) => reason)).toEqual([
      'decompressed, it has more than 16,000,000 letters',
      'decompressed, it has more than 16,000,000 letters',
      'it has more than 4,000 changes',
      'it has more than 4,000 forgotten sessions',
    ]);
  });

  it('reads no data of an entry that has ended its workers, and blames no other for it', async () => {
    for (const nth of [0, 1, 2]) await add(headOf(nth), noteOf(nth, 'x'));
    const ends = new PostgresFault('down', 'the worker ended', undefined);
    const died: unknown[] = [];
    for (let death = 0; death < 40; death += 1) {
      const dying = streamSink(redis, team.url, {
        through: (session) => ({
          ...session,
          query: (text, values) =>
            JSON.stringify(values).includes('log_1')
              ? Promise.reject(ends)
              : session.query(text, values),
        }),
      });
      died.push(
        await dying.drain().then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
    }
    expect(died.filter((error) => error === ends)).toHaveLength(20);
    expect((await lettersOf()).map(({ reason }) => reason)).toEqual([
      '21 workers ended while they applied it',
    ]);
    expect(await countOf('SELECT count(*) AS n FROM waymark_rows.session_log')).toBe(2);
  });
});

function bytesOf(reply: Reply): number {
  if (Buffer.isBuffer(reply) || typeof reply === 'string') return reply.length;
  return listOf(reply).reduce((sum: number, one) => sum + bytesOf(one), 0);
}

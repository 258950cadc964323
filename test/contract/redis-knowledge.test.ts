import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import { connectRedis, type RedisSession, textOf } from '../../lib/fleet/redis/connect-redis.ts';
import { knowledgeKeys } from '../../lib/fleet/redis/feed-keys.ts';
import { redisKnowledge } from '../../lib/fleet/redis/redis-knowledge.ts';
import { KnowledgePublisher } from '../../lib/fleet/sink/publish-knowledge.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { removeHost } from '../../lib/store/postgres/hosts.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { type LearningMachine, learningMachine } from '../support/learning-machine.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts';
import { testStore } from '../support/test-store.ts';

const WRONG = 'npm run biuld';
const RIGHT = 'npm run build';
const UNKNOWN = { error: 'Exit code 1\nnpm error Missing script: "biuld"' };

describe.skipIf(postgresPrograms() === undefined || !hasRedis())(
  'what a team knows of failures, through Redis',
  () => {
    let team: TestTeam;
    let redis: RedisServer;
    let admin: RedisSession;
    let worker: RedisSession;
    let codes: string[];
    let [ann, bob, eve]: LearningMachine[] = [];

    beforeAll(async () => {
      team = await testTeam();
      redis = await startRedis();
      admin = await redis.connect();
      // the rights that the docs give
      const page = readFileSync('docs/team.md', 'utf8');
      for (const [, user = '', rights = ''] of page.matchAll(/^user (\w+) on (.*)$/gm))
        await admin.send(
          ...['ACL', 'SETUSER', user, 'on'],
          ...rights.replace('>PASSWORD', '>secret').split(' '),
        );
      worker = await as('worker');
    });
    afterAll(async () => {
      await worker.close();
      await admin.close();
      await redis.remove();
      await team.close();
    });
    beforeEach(async () => {
      await team.empty();
      await admin.send('FLUSHALL');
      codes = [];
      [ann, bob, eve] = [
        machine('host-a', 'ann'),
        machine('host-b', 'bob'),
        machine('host-e', 'eve'),
      ];
    });
    afterEach(async () => {
      for (const one of [ann, bob, eve]) await one?.pull.close();
    });

    const as = (user: string): Promise<RedisSession> =>
      connectRedis({ place: { ...redis.place, user }, password: 'secret' });
    const machine = (host: string, person: string): LearningMachine =>
      learningMachine(team.session, {
        ...{ host, person, store: testStore() },
        source: (own, clock, heard) =>
          redisKnowledge({ place: redis.place, host: own, clock, open: () => as('ann') }, heard),
      });
    /** A look of a worker that has just begun. */
    const publish = (): Promise<void> =>
      new KnowledgePublisher({
        ...{ place: redis.place, clock: Date.now },
        log: (_level, code) => void codes.push(code),
      }).publish(worker, team.session);
    const exchange = async (who: LearningMachine | undefined): Promise<void> => {
      await who?.exchange();
      await publish();
    };
    const fails = (who: LearningMachine | undefined): void => {
      who?.call('failed', WRONG, UNKNOWN);
      who?.call('ok', RIGHT);
    };
    const idOf = (who: LearningMachine | undefined): string =>
      String(who?.store.prepare('SELECT id FROM failure_patterns').get()?.['id']);
    const confirmed = async (): Promise<void> => {
      fails(ann);
      ann?.change(idOf(ann), { confirmed: RIGHT });
      await exchange(ann);
    };
    const known = (who: LearningMachine | undefined) =>
      who === undefined ? [] : who.store.prepare('SELECT * FROM team_patterns').all();

    it('comes to another machine once the fix is confirmed, as it comes from PostgreSQL', async () => {
      fails(ann);
      await exchange(ann);
      await bob?.exchange();
      expect(bob?.warning(WRONG)).toBeUndefined();
      ann?.change(idOf(ann), { confirmed: RIGHT });
      await exchange(ann);
      await bob?.exchange();
      expect(bob?.warning(WRONG)).toMatchObject({
        verdict: 'warn',
        pattern: {
          fix: { text: RIGHT, isWhole: true },
          ...{ count: 1, projects: ['*/shop'] },
          team: { people: 1, isConfirmed: true, isFixOnly: false },
        },
      });
      expect(bob?.needles()).toEqual(['biuld']);
      const direct = learningMachine(team.session, {
        host: 'host-d',
        person: 'dan',
        store: testStore(),
      });
      direct.now = (bob?.now ?? 0) - 120_000; // an exchange takes two minutes
      await direct.exchange();
      expect(known(bob)).toEqual(known(direct));
      await direct.pull.close();
    });

    it('comes without a confirmation once it has happened to two people', async () => {
      fails(ann);
      await exchange(ann);
      fails(eve);
      await exchange(eve);
      await bob?.exchange();
      expect(bob?.warning(WRONG)).toMatchObject({ pattern: { count: 2, team: { people: 2 } } });
    });

    it('is no news to the machine that alone has it, and names nobody', async () => {
      await confirmed();
      await ann?.exchange();
      expect(known(ann)).toEqual([]);
      const all = await admin.send('HVALS', knowledgeKeys(redis.place).rows);
      expect(JSON.stringify(all)).not.toMatch(/host-a|\bann\b|\/home|laptop/);
    });

    it('is taken back when its evidence is deleted', async () => {
      await confirmed();
      await bob?.exchange();
      expect(known(bob)).toHaveLength(1);
      await removeHost(team.session, 'host-a', teamTablesOfProgram(sqliteDriver()).shared);
      await publish();
      await bob?.exchange();
      expect([known(bob), bob?.warning(WRONG)]).toEqual([[], undefined]);
    });

    it('is published again in a Redis that started empty, and kept meanwhile', async () => {
      await confirmed();
      await bob?.exchange();
      await admin.send('FLUSHALL');
      await bob?.exchange();
      expect(bob?.warning(WRONG)).toBeDefined();
      await publish();
      await bob?.exchange();
      await eve?.exchange();
      expect([known(bob).length, known(eve).length]).toEqual([1, 1]);
    });

    it('that is gone for good is forgotten when Redis begins anew', async () => {
      await confirmed();
      await bob?.exchange();
      await admin.send('FLUSHALL');
      await team.empty();
      await publish();
      await bob?.exchange();
      expect(known(bob)).toEqual([]);
    });

    it('is complete after Redis has lost the last second of what was published', async () => {
      await publish();
      const old = textOf(await admin.send('GET', knowledgeKeys(redis.place).mark));
      await confirmed();
      await bob?.exchange();
      const { rows, order, mark } = knowledgeKeys(redis.place);
      await admin.send('DEL', rows, order);
      await admin.send('SET', mark, old);
      await publish();
      await eve?.exchange();
      await bob?.exchange();
      expect([known(bob).length, known(eve).length]).toEqual([1, 1]);
    });

    it('is published once, however often it is looked for', async () => {
      await confirmed();
      const count = async () =>
        textOf(
          await admin
            .send('XINFO', 'STREAM', knowledgeKeys(redis.place).news)
            .then((about) =>
              Array.isArray(about)
                ? about[about.findIndex((one) => textOf(one) === 'entries-added') + 1]
                : null,
            ),
        );
      const before = await count();
      await publish();
      await ann?.exchange();
      await publish();
      expect(await count()).toBe(before);
      expect(codes).toEqual([]);
    });

    it('wakes a machine that waits', async () => {
      await bob?.exchange();
      const asked = new Promise<void>((resolve) => {
        const source = redisKnowledge(
          { place: redis.place, host: 'host-w', clock: Date.now, open: () => as('ann') },
          resolve,
        );
        void source.then((one) => asked.then(() => one.close()));
      });
      await confirmed();
      await asked;
    });

    it('is not believed when it is no knowledge', async () => {
      await confirmed();
      const { rows, order } = knowledgeKeys(redis.place);
      const id = idOf(ann);
      const good = JSON.parse(textOf(await admin.send('HGET', rows, id)));
      const bad: readonly unknown[] = [
        'x',
        { ...good, row: { ...good.row, count: '1' } },
        { ...good, row: { ...good.row, fix: 5 } },
        { ...good, row: { ...good.row, error: 'another error' } },
        { ...good, notFor: 'all' },
        { ...good, row: [] },
      ];
      for (const [nth, one] of bad.entries()) {
        await admin.send('HSET', rows, `pat_${nth}`, JSON.stringify(one));
        await admin.send('ZADD', order, '1', `pat_${nth}`);
      }
      await bob?.exchange();
      expect(known(bob).map(({ id: of }) => of)).toEqual([id]);
    });

    it('is refused to who lacks the rights, which the machine and the worker say', async () => {
      await admin.send(
        'ACL',
        'SETUSER',
        'old',
        'on',
        '>secret',
        'resetkeys',
        '-@all',
        '+xadd',
        '+get',
        '%R~waymark:receipt:*',
      );
      const late = learningMachine(team.session, {
        ...{ host: 'host-l', person: 'lee', store: testStore() },
        source: (host, clock, heard) =>
          redisKnowledge({ place: redis.place, host, clock, open: () => as('old') }, heard),
      });
      await confirmed();
      await late.exchange();
      expect(late.logged).toContain('KNOWLEDGE_DOWN');
      expect(
        late.store.prepare("SELECT value FROM fleet_state WHERE name = 'knowledge_error'").get(),
      ).toEqual({ value: expect.stringMatching(/NOPERM/) });
      await late.pull.close();
      const poor = await as('old');
      const publisher = new KnowledgePublisher({
        ...{ place: redis.place, clock: Date.now },
        log: (_level, code) => void codes.push(code),
      });
      await publisher.step(poor, team.session);
      await publisher.step(poor, team.session);
      expect(codes).toEqual(['KNOWLEDGE_NOT_PUBLISHED']);
      await poor.close();
    });
  },
);

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { USAGE } from '../../lib/features/operation/table.ts';
import { shapesOf, teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import { connectPostgres } from '../../lib/store/postgres/connect.ts';
import { removeHost } from '../../lib/store/postgres/hosts.ts';
import { migratePostgres } from '../../lib/store/postgres/migrate-postgres.ts';
import { applyToPostgres } from '../../lib/store/postgres/postgres-sink.ts';
import { migrations } from '../../lib/store/postgres/schema.ts';
import { inPostgresTransaction, type PostgresSession } from '../../lib/store/postgres/session.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import type { Write } from '../../lib/store/sink.ts';
import { type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { seededRandom } from '../support/seeded-random.ts';

const AT = Date.parse('2026-11-22T10:00:00Z');
const TABLES = teamTablesOfProgram(sqliteDriver()).shared;
const SHAPES = shapesOf(TABLES);

/** Sums as the rows of answers give them, and as triggers keep them. */
const FIGURES = 'sum(input), sum(output), sum(cache_read), sum(web_searches)';
const ADDED = `SELECT host, coalesce(session_id, '') AS session, coalesce(agent_id, '') AS agent, coalesce("at" / 900000 * 900000, -1) AS at,
    coalesce(model, '') AS model, count(*) AS answers, ${FIGURES} FROM waymark_rows.usage GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`;
const KEPT = `SELECT host, session_id AS session, agent_id AS agent, "at", model, sum(answers) AS answers, ${FIGURES}
    FROM waymark_rows.usage_sums GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`;

/** The same by day. */
const DAY = '"at" = -1 THEN -1 ELSE "at" / 86400000 * 86400000 END';
const COUNTED = `sum(answers) AS answers, ${FIGURES}, sum(cache_write_5m), sum(cache_write_1h)`;
const KEY = 'session_id, agent_id, class, model, tier';
const DAYS_ADDED = `SELECT host, CASE WHEN ${DAY} AS "at", ${KEY}, ${COUNTED} FROM waymark_rows.usage_sums GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7`;
const DAYS_KEPT = `SELECT host, "at", ${KEY}, ${COUNTED} FROM waymark_rows.usage_days GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7`;

const SUMS = ['usage_sums', 'usage_days'];

describe('sums of a team', () => {
  let team: TestTeam;

  beforeAll(async () => {
    team = await testTeam();
  });
  afterAll(() => team.close());
  beforeEach(() => team.empty());

  const random = seededRandom(20_261_130);
  const below = (most: number): number => Math.floor(random() * most);
  const pick = <T>(values: readonly T[], otherwise: T): T =>
    values[below(values.length)] ?? otherwise;

  /** An answer of forty. A later one of the same name has other figures, or another session. */
  const answer = (): Write => ({
    into: USAGE,
    row: {
      message_id: `m${below(40)}`,
      request_id: 'r',
      claimed_since: below(5),
      session_id: pick(['s1', 's2', null], null),
      agent_id: pick(['a1', null], null),
      at: pick([null, AT, AT + 900_000, AT + 86_400_000], AT),
      model: pick(['claude-opus-4-8', null], null),
      speed: pick(['fast', null], null),
      ...{ input: pick([5, 150_000, 250_000], 0), output: below(50), cache_read: below(9) },
      ...{ cache_write_5m: 0, cache_write_1h: 0, web_searches: below(2) },
    },
  });

  const write = (session: PostgresSession, host: string, changes: readonly Write[]) =>
    inPostgresTransaction(session, () => applyToPostgres(session, host, SHAPES, changes));

  const expectExact = async (): Promise<void> => {
    expect(await team.session.query(KEPT)).toEqual(await team.session.query(ADDED));
    expect(await team.session.query(DAYS_KEPT)).toEqual(await team.session.query(DAYS_ADDED));
    for (const table of SUMS) {
      const [row] = await team.session.query(
        `SELECT count(*) AS n FROM waymark_rows.${table} WHERE answers < 1`,
      );
      expect(row).toEqual({ n: 0 });
    }
  };

  it('are those of the answers after each batch, also one that comes again', async () => {
    for (let batch = 0; batch < 60; batch += 1) {
      const host = pick(['host-a', 'host-b'], 'host-a');
      const changes = Array.from({ length: 1 + below(30) }, answer);
      await write(team.session, host, changes);
      if (batch % 3 === 0) await write(team.session, host, changes);
      if (batch % 7 === 0)
        await team.session.query('DELETE FROM waymark_rows.usage WHERE message_id = $1', [
          `m${below(40)}`,
        ]);
      if (batch % 10 === 0) await expectExact();
    }
    await expectExact();
    const [row] = await team.session.query('SELECT count(*) AS n FROM waymark_rows.usage_sums');
    expect(Number(row?.['n'])).toBeGreaterThan(10);
  });

  it('stay as they are when a batch is rolled back, and go with the machine', async () => {
    await write(team.session, 'host-a', Array.from({ length: 20 }, answer));
    const before = await team.session.query(KEPT);
    await expect(
      inPostgresTransaction(team.session, async () => {
        await applyToPostgres(team.session, 'host-a', SHAPES, [answer(), answer()]);
        throw new Error('killed');
      }),
    ).rejects.toThrow('killed');
    expect(await team.session.query(KEPT)).toEqual(before);
    await removeHost(team.session, 'host-a', TABLES);
    for (const table of SUMS)
      expect(await team.session.query(`SELECT * FROM waymark_rows.${table}`)).toEqual([]);
  });

  it.each([4, 6])('are made of the answers that a database of version %i has', async (version) => {
    const { shared, local } = teamTablesOfProgram(sqliteDriver());
    await team.session.script('DROP SCHEMA waymark_rows CASCADE; DROP SCHEMA waymark CASCADE');
    for (const [index, sql] of migrations(shared, local).slice(0, version).entries()) {
      await team.session.script(sql);
      await team.session.script(
        `INSERT INTO waymark_rows.schema_versions (version, made_by) VALUES (${index + 1}, 'test')`,
      );
    }
    await write(team.session, 'host-a', Array.from({ length: 60 }, answer));
    if (version < 5)
      expect(await team.session.query('SELECT * FROM waymark.usage_sums')).toEqual([]);
    expect(await migratePostgres(team.session, { shared, local }, 'test')).toBe(version);
    await expectExact();
    const all = 'SELECT count(*) AS answers FROM waymark_rows.usage';
    for (const table of SUMS) {
      const seen = `SELECT sum(answers) AS answers FROM waymark.${table}`;
      expect(await team.session.query(seen)).toEqual(await team.session.query(all));
    }
  });

  it.skipIf(postgresPrograms() === undefined)(
    'are right when two workers write at once, and no role but the owner writes them',
    async () => {
      await team.session.script(
        'CREATE ROLE one LOGIN IN ROLE waymark_writer; CREATE ROLE two LOGIN IN ROLE waymark_writer',
      );
      const workers = await Promise.all(
        ['one', 'two'].map((role) =>
          connectPostgres({ url: team.url.replace('owner@', `${role}@`), name: 'test' }),
        ),
      );
      const batches = Array.from({ length: 30 }, () => Array.from({ length: 20 }, answer));
      await Promise.all(
        workers.map(async (session, nth) => {
          // each machine is one worker's, as the lock of its partition wants it
          for (const changes of batches) await write(session, `host-${nth}`, changes);
        }),
      );
      await expectExact();
      const [first] = workers;
      for (const table of SUMS) {
        const change = first?.query(`UPDATE waymark_rows.${table} SET answers = 0`);
        await expect(change).rejects.toThrow(/permission denied/);
      }
      for (const session of workers) await session.close();
    },
  );
});

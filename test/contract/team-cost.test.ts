import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listPriceChanges, parseOwnPrices } from '../../lib/claude/prices.ts';
import { DAY_MS } from '../../lib/core/clock.ts';
import { readCostGroups } from '../../lib/query/cost-groups.ts';
import { COST_BY } from '../../lib/query/cost-query.ts';
import type { CostFilter } from '../../lib/query/cost-rows.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { migrate } from '../../lib/store/migrate.ts';
import { openTeamStore } from '../../lib/store/postgres/team-store.ts';
import { countGroups } from '../support/count-cost.ts';
import { fleetMachine, type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { addRows } from '../support/report-store.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** Around the end of summer time, of twelve days. */
const BEGIN = Date.parse('2026-10-20T00:00:00Z');
const DAYS = 12;
const HOUR = 3_600_000;

/** Of which one price changes in the middle of that time. */
const PRICES = parseOwnPrices([
  'claude-haiku-5-5=1/2/3/4/5',
  'claude-haiku-5-5=10/20/30/40/50@2026-10-26',
]);

describe.skipIf(postgresPrograms() === undefined)('what answers of a team cost', () => {
  let team: TestTeam;
  let local: Database;
  let shared: Database;

  beforeAll(async () => {
    team = await testTeam();
    local = sqliteDriver()(':memory:');
    migrate(local);
    const random = seededRandom(20_261_130);
    const pick = <T>(...values: readonly T[]): T | null =>
      values[Math.floor(random() * values.length)] ?? null;
    addRows(local, 'agents', { session_id: 's1', agent_id: 'a1', type: 'Explore' });
    addRows(local, 'sessions', { id: 's1', project: '/work/shop' });
    for (let nth = 0; nth < 1_000; nth += 1)
      addRows(local, 'usage', {
        ...{ message_id: `m${nth}`, request_id: 'r', claimed_since: 0 },
        session_id: pick('s1', 's2', 's3', null),
        agent_id: pick('a1', null),
        at: nth % 50 === 0 ? null : BEGIN + Math.floor(random() * DAYS * DAY_MS),
        model: pick('claude-haiku-5-5', 'claude-opus-4-8', 'gpt-x', null),
        tier: pick('standard', 'priority', null),
        speed: pick('fast', null),
        ...{ input: pick(7, 100_001, 200_001), output: nth % 9, web_searches: nth % 3 },
      });
    const machine = fleetMachine(team.session, { store: local, isWhole: true });
    await machine.feed.drain();
    await machine.feed.close();
    shared = openTeamStore({ url: team.url });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    shared.close();
    local.close();
    await team.close();
  });

  const moments = [
    ...[BEGIN - 1, BEGIN + 6 * HOUR, BEGIN + 23 * HOUR + 1_234_567, BEGIN + DAY_MS],
    ...[BEGIN + 5 * DAY_MS - 2 * HOUR, BEGIN + 9 * DAY_MS + 1, BEGIN + DAYS * DAY_MS],
  ];
  const filters: readonly CostFilter[] = [
    {},
    ...moments.flatMap((since) => [{ since }, { until: since }]),
    ...moments.flatMap((since) =>
      moments.filter((until) => since < until).map((until) => ({ since, until })),
    ),
  ];

  it.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata'])(
    'is what it costs in the store of a machine, on a clock of %s',
    async (zone) => {
      vi.stubEnv('TZ', zone);
      for (const filter of filters)
        for (const by of COST_BY)
          for (const more of [{}, { agentsOnly: true }, { sessions: ['s1', ''] }]) {
            const wanted = { ...filter, ...more };
            expect(
              countGroups(await readCostGroups(shared, by, wanted, PRICES)),
              `${by} ${JSON.stringify(wanted)}`,
            ).toEqual(countGroups(await readCostGroups(local, by, wanted, PRICES)));
          }
    },
  );

  it('adds up whole days, in which no price changes', async () => {
    const [row] = await team.session.query(
      'SELECT count(*) AS n, count(DISTINCT "at") AS days FROM waymark.usage_days',
    );
    expect(row).toMatchObject({ days: DAYS + 1 }); // one is that of no time
    expect(listPriceChanges(PRICES).filter((at) => at % DAY_MS !== 0)).toEqual([]);
  });
});

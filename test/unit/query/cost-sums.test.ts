import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONG_PROMPTS } from '../../../lib/claude/prices.ts';
import { DAY_MS } from '../../../lib/core/clock.ts';
import { readCostGroups } from '../../../lib/query/cost-groups.ts';
import { COST_BY, type CostBy, MAIN_CHAIN } from '../../../lib/query/cost-query.ts';
import { localDay } from '../../../lib/query/local-days.ts';
import type { Row } from '../../../lib/store/database.ts';
import { MIGRATIONS, migrate } from '../../../lib/store/migrate.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { SUMMED_MS, SUMMED_PROMPTS } from '../../../lib/store/schema/usage-sums.ts';
import { countCost, countGroups } from '../../support/count-cost.ts';
import { addRows } from '../../support/report-store.ts';
import { emptyStores, testStore } from '../../support/test-store.ts';

const AT = Date.parse('2026-11-22T10:00:00Z');

const answer = fc.record({
  session_id: fc.constantFrom('s1', 's2', null),
  agent_id: fc.constantFrom('a1', null),
  at: fc.oneof(
    fc.constant(null),
    fc.integer({ min: 0, max: 8 }).map((n) => AT + n * 410_000),
  ),
  model: fc.constantFrom('claude-haiku-5-5', 'gpt-x', null),
  tier: fc.constantFrom('standard', 'priority', null),
  speed: fc.constantFrom('fast', null),
  geo: fc.constantFrom('us', null),
  input: fc.constantFrom(0, 7, 100_000, 100_001, 200_001),
  output: fc.nat(9),
  cache_read: fc.nat(9),
  web_searches: fc.nat(2),
});

const moment = fc.option(
  fc.integer({ min: -1, max: 20 }).map((n) => AT + n * 205_000),
  {
    nil: undefined,
  },
);

/** A change of a row that is there: other figures, another session, or away with it. */
const change = fc.record({
  nth: fc.nat(),
  set: fc.constantFrom('output = output + 5', "session_id = 's2'", 'at = at + 900000', 'DELETE'),
});

/** What an answer counts to. */
const KEY_OF: Readonly<Record<CostBy, (answer: Row) => unknown>> = {
  day: ({ at }) => (typeof at === 'number' ? Date.parse(localDay(at)) / DAY_MS : null),
  project: ({ session_id: session }) => (session === 's1' ? '/work/shop' : null),
  model: () => null,
  session: ({ session_id: session }) => session,
  agent: ({ session_id: session, agent_id: agent }) => {
    if (agent === null) return MAIN_CHAIN;
    return session === 's1' ? 'Explore' : null;
  },
};

describe('sums of usage', () => {
  it('add up to what the answers add up to, whatever was changed and is asked', async () => {
    const empty = emptyStores();
    await fc.assert(
      fc.asyncProperty(
        fc.array(answer, { maxLength: 12 }),
        fc.array(change, { maxLength: 6 }),
        moment,
        moment,
        async (answers, changes, since, until) => {
          const store = empty();
          addRows(store, 'agents', { session_id: 's1', agent_id: 'a1', type: 'Explore' });
          addRows(store, 'sessions', { id: 's1', project: '/work/shop' });
          for (const [nth, row] of answers.entries())
            addRows(store, 'usage', { message_id: `m${nth}`, request_id: '', ...row });
          for (const { nth, set } of changes)
            store
              .prepare(
                `${set === 'DELETE' ? 'DELETE FROM usage' : `UPDATE usage SET ${set}`} WHERE message_id = ?`,
              )
              .run(`m${nth % 12}`);
          const filter = {
            ...(since === undefined ? {} : { since }),
            ...(until === undefined ? {} : { until }),
          };
          const rows = store.prepare('SELECT * FROM usage').all();
          for (const by of COST_BY)
            for (const more of [{}, { sessions: ['s1'] }, { agentsOnly: true }]) {
              const wanted = { ...filter, ...more };
              expect(
                countGroups(await readCostGroups(store, by, wanted, [])),
                `${by} ${JSON.stringify(wanted)}`,
              ).toEqual(countCost(rows, wanted, KEY_OF[by]));
            }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('are gone when the answers are', () => {
    const store = testStore();
    addRows(store, 'usage', { message_id: 'm', request_id: '', at: AT, output: 5 });
    expect(store.prepare('SELECT at, output FROM usage_sums').all()).toEqual([
      { at: AT, output: 5 },
    ]);
    store.exec('DELETE FROM usage');
    expect(store.prepare('SELECT * FROM usage_sums').all()).toEqual([]);
  });

  it('are made of the answers of a store of an earlier version', () => {
    const store = sqliteDriver()(':memory:');
    migrate(store, MIGRATIONS.slice(0, 2));
    for (const id of ['m1', 'm2'])
      addRows(store, 'usage', { message_id: id, request_id: '', at: AT + 1, output: 5 });
    migrate(store);
    const sums = store.prepare('SELECT answers, output, at FROM usage_sums').all();
    store.close();
    expect(sums).toEqual([{ answers: 2, output: 10, at: AT }]);
  });

  it('tell prompts apart where the price list does, and local days', () => {
    expect(SUMMED_PROMPTS, 'a new price list needs a migration').toEqual(LONG_PROMPTS);
    expect(SUMMED_MS).toBe(900_000);
  });
});

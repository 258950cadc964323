import { describe, expect, it } from 'vitest';
import { costLines } from '../../../../lib/query/cost.ts';
import { readCostGroups } from '../../../../lib/query/cost-groups.ts';
import { readCostPart } from '../../../../lib/query/reports/read-cost-part.ts';
import { addRows } from '../../../support/report-store.ts';
import { testStore } from '../../../support/test-store.ts';

const AT = Date.parse('2026-11-22T10:00:00Z');
const SPAN = { since: AT - 1_000, until: AT + 10_000_000 };

const MODELS = ['claude-opus-4-8', 'claude-haiku-4-5', 'a-model-of-nobody'];

/** More groups than come in one text, some equally dear, some of no session and no project. */
function manySessions() {
  const database = testStore();
  const sessions = Array.from({ length: 2_100 }, (_, nth) => nth);
  addRows(
    database,
    'sessions',
    ...sessions.slice(100).map((nth) => ({ id: `s${nth}`, project: `/p${nth % 15}` })),
  );
  addRows(
    database,
    'usage',
    ...sessions.flatMap((nth) =>
      MODELS.map((model, of) => ({
        ...{ message_id: `m${nth}-${of}`, request_id: 'r', at: AT + nth * 4_000, model },
        session_id: nth % 700 === 0 ? null : `s${nth}`,
        ...{ input: 10, output: (nth % 400) * 1_000 + 1, cache_read: 7, web_searches: nth % 2 },
      })),
    ),
  );
  return database;
}

describe('readCostPart', () => {
  it('has the ten dearest sessions and projects, as all lines of them say', async () => {
    const database = manySessions();
    const { cost } = await readCostPart(database, SPAN, []);
    const all = async (by: 'session' | 'project') =>
      costLines(await readCostGroups(database, by, SPAN, []), by).slice(0, 10);
    expect(cost.sessions).toHaveLength(10);
    expect(cost.sessions).toMatchObject(await all('session'));
    expect(cost.projects).toEqual(await all('project'));
  });

  it('adds up answers that belong to no session, in whole quarters of an hour and beside', async () => {
    const database = testStore();
    addRows(
      database,
      'usage',
      ...[0, 1_000_000, 9_999_000].map((after) => ({
        ...{ message_id: `m${after}`, request_id: 'r', at: AT + after, model: 'claude-opus-4-8' },
        ...{ session_id: null, output: 1_000 },
      })),
    );
    const { cost } = await readCostPart(database, SPAN, []);
    expect(cost.sessions).toMatchObject([{ key: null, answers: 3, output: 3_000 }]);
  });
});

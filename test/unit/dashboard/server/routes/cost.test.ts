import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CostAnswer } from '../../../../../lib/dashboard/server/routes/cost.ts';
import { stateFolderAt } from '../../../../../lib/core/state-folder.ts';
import { USAGE } from '../../../../../lib/features/operation/table.ts';
import { applyWrites } from '../../../../../lib/store/sink.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { testDashboard } from '../../../../support/test-dashboard.ts';
import { inStore, preparedStore, SESSION, START } from '../../../cli/prepared-store.ts';

/** A store with answers of 25 dollars each. */
function storeWithAnswers(...models: readonly string[]) {
  const folder = preparedStore();
  inStore(folder, (database) => {
    for (const [index, model] of models.entries()) {
      const row = {
        ...{ message_id: `m${index}`, request_id: 'r', model, at: START },
        ...{ claimed_since: 1, session_id: SESSION, agent_id: null, output: 1_000_000 },
      };
      applyWrites(database, [{ into: USAGE, row }]);
    }
  });
  return folder;
}

describe('GET /api/cost', () => {
  it('has the sums of the last days, the month and the budgets', async () => {
    const folder = storeWithAnswers('claude-opus-4-8', 'claude-opus-4-8', 'no-such-model');
    writeFileSync(folder.configFile, '{"budgets":["day=60:ask"]}');
    const { cost, budgets } = await testDashboard({ folder }).ask<CostAnswer>('/api/cost?days=7');
    expect(cost?.total).toMatchObject({ answers: 3, dollars: 50, unpriced: 1 });
    expect(cost?.projects).toMatchObject([{ key: '/work/shop', dollars: 50 }]);
    expect(cost?.month).toMatchObject({ month: '2026-11', dollars: 50 });
    expect(cost?.unpriced).toMatchObject([{ model: 'no-such-model' }]);
    expect(budgets).toMatchObject([{ budget: 'day', dollars: 60, spent: 50, isUsedUp: false }]);
  });

  it('leaves out what is older', async () => {
    const folder = storeWithAnswers('claude-opus-4-8');
    const { ask } = testDashboard({ folder, now: START + 9 * 86_400_000 });
    expect((await ask<CostAnswer>('/api/cost?days=7')).cost?.total.answers).toBe(0);
  });

  it('answers where nothing is recorded yet, and refuses days that are none', async () => {
    const folder = stateFolderAt(`${tempFolder()}/state`, {}, []);
    const { ask, get } = testDashboard({ folder });
    expect(await ask('/api/cost')).toEqual({ cost: null, budgets: [] });
    expect((await get('/api/cost?days=0')).status).toBe(400);
  });
});

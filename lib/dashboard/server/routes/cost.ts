import type { Hono } from 'hono';
import {
  type BudgetLine,
  budgetLines,
  configuredBudgets,
  readSpending,
} from '../../../query/budgets.ts';
import { readConfiguredPrices } from '../../../query/cost.ts';
import { type CostPart, readCostPart } from '../../../query/reports/read-cost-part.ts';
import { lastDays } from '../../../query/reports/report-span.ts';
import { queryStore } from '../../../query/store-view.ts';
import { countParameter, sendJson } from '../answer.ts';
import type { DashboardPlace } from '../place.ts';

/** What the page Cost shows. */
export interface CostAnswer {
  /** `null` where there is no store yet. */
  readonly cost: CostPart | null;
  readonly budgets: readonly BudgetLine[];
}

/** `GET /api/cost`: what answers of the last days cost, the month, limits and budgets. */
export function addCostRoutes(app: Hono, place: DashboardPlace): void {
  app.get('/api/cost', async (context) => {
    const days = countParameter(context, 'days', { least: 1, most: 366, usual: 30 });
    return sendJson(context, await readCosts(place, days), 400);
  });
}

async function readCosts(place: DashboardPlace, days: number): Promise<CostAnswer> {
  const now = place.clock();
  const prices = readConfiguredPrices(place);
  const budgets = configuredBudgets(place.folder);
  return await queryStore<CostAnswer>(
    place.folder,
    { cost: null, budgets: [] },
    async (database) => ({
      cost: (await readCostPart(database, lastDays(days, now), prices)).cost,
      budgets:
        budgets.length === 0 ? [] : budgetLines(budgets, await readSpending(database, now, prices)),
    }),
  );
}

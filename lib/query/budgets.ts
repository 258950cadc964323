import type { OwnPrice } from '../claude/prices.ts';
import { type Budget, parseBudgets } from '../config/budgets.ts';
import { resolveConfig } from '../config/resolve.ts';
import { HOUR_MS } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { Spending } from '../features/budget/spending.ts';
import { readActiveSessionIds } from '../features/restored/table.ts';
import type { Database } from '../store/database.ts';
import { readCost, readSessionCosts } from './cost.ts';
import { localDay } from './local-days.ts';

/** Reads the user's budgets. The environment and projects cannot set any. */
export function configuredBudgets({ configFile }: StateFolder): readonly Budget[] {
  const sources = { environment: {}, userFile: configFile };
  return parseBudgets(resolveConfig(sources).values.budgets);
}

/** One budget and what was spent of it. Field names are a contract. */
export interface BudgetLine {
  readonly budget: Budget['kind'];
  readonly dollars: number;
  readonly action: Budget['action'];
  /** At list prices; of a session: of the one at work that spent most. */
  readonly spent: number;
  /** That session; `null` for a day, and where none is at work. */
  readonly session: string | null;
  readonly isUsedUp: boolean;
}

/** Sessions with an event in this time are at work, if they have not ended. */
const AT_WORK_MS = HOUR_MS;

/** Reads what was spent today and by each session at work, in dollars at list prices. */
export async function readSpending(
  database: Database,
  now: number,
  prices: readonly OwnPrice[],
): Promise<Spending> {
  const since = new Date(now).setHours(0, 0, 0, 0);
  const until = new Date(since).setDate(new Date(since).getDate() + 1);
  const day = await readCost(database, { by: 'model', since, limit: 1, prices });
  const ids = [...readActiveSessionIds(database, now - AT_WORK_MS)].toSorted();
  const all = await readSessionCosts(database, ids, prices);
  const agents = await readSessionCosts(database, ids, prices, { agentsOnly: true });
  return {
    day: { date: localDay(now), until, dollars: day.total.dollars ?? 0 },
    sessions: Object.fromEntries(
      ids.map((id) => [
        id,
        { dollars: all.get(id)?.dollars ?? 0, agents: agents.get(id)?.dollars ?? 0 },
      ]),
    ),
  };
}

/** Puts budgets beside what was spent of them. */
export function budgetLines(
  budgets: readonly Budget[],
  { day, sessions }: Spending,
): readonly BudgetLine[] {
  return budgets.map(({ kind, dollars, action }) => {
    const spentBy = Object.entries(sessions)
      .map(([id, spent]) => ({ id, spent: kind === 'agents' ? spent.agents : spent.dollars }))
      .toSorted((one, other) => other.spent - one.spent)[0];
    const isDay = kind === 'day';
    const spent = isDay ? day.dollars : (spentBy?.spent ?? 0);
    return {
      ...{ budget: kind, dollars, action, spent },
      session: isDay ? null : (spentBy?.id ?? null),
      isUsedUp: spent >= dollars,
    };
  });
}

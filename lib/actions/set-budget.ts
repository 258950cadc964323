import { type Budget, type BudgetKind, formatBudget, parseBudgets } from '../config/budgets.ts';
import { WaymarkError } from '../core/errors.ts';
import { configuredBudgets } from '../query/budgets.ts';
import type { ActionContext } from './action-context.ts';
import { changeByEvents } from './change-by-events.ts';
import { editConfig } from './edit-config.ts';

export interface BudgetChange {
  readonly changed: boolean;
  /** Whether the worker knows it now; else it will when it runs. Hooks know at once. */
  readonly isKnown: boolean;
}

/**
 * Sets a budget in the user's own settings, in place of the one of its kind.
 * @throws {@link WaymarkError} USAGE for an amount that is none, CONFIG_INVALID.
 */
export function setBudget(actionContext: ActionContext, budget: Budget): Promise<BudgetChange> {
  const { kind, dollars, action } = budget;
  if (parseBudgets([formatBudget(budget)]).length === 0)
    throw new WaymarkError(
      'USAGE',
      `Cannot set a budget of ${dollars}: expected dollars from 0.000001 to 9999999`,
      { remedy: `For example: \`waymark budget ${kind} 20\`` },
    );
  const others = configuredBudgets(actionContext.folder).filter((known) => known.kind !== kind);
  return change(actionContext, [...others, budget], { budget: kind, dollars, action });
}

/** Lifts a budget. @throws {@link WaymarkError} CONFIG_INVALID. */
export function liftBudget(actionContext: ActionContext, kind: BudgetKind): Promise<BudgetChange> {
  const others = configuredBudgets(actionContext.folder).filter((known) => known.kind !== kind);
  return change(actionContext, others, { budget: kind });
}

async function change(
  actionContext: ActionContext,
  budgets: readonly Budget[],
  payload: Readonly<Record<string, unknown>>,
): Promise<BudgetChange> {
  const entries = budgets.map(formatBudget);
  const text = entries.length === 0 ? undefined : JSON.stringify(entries);
  const before = configuredBudgets(actionContext.folder).map(formatBudget);
  if (entries.toSorted().join() === before.toSorted().join())
    return { changed: false, isKnown: true };
  await editConfig(actionContext.folder.configFile, 'budgets', text);
  return {
    changed: true,
    isKnown: await changeByEvents(actionContext, 'account.budget_changed', [payload]),
  };
}

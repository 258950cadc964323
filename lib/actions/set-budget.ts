import { type Budget, type BudgetKind, formatBudget, parseBudgets } from '../config/budgets.ts';
import { WaymarkError } from '../core/errors.ts';
import type { ActionContext } from './action-context.ts';
import { changeByEvents } from './change-by-events.ts';
import { editConfig, KEEP } from './edit-config.ts';

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
  return change(actionContext, kind, budget, { budget: kind, dollars, action });
}

/** Lifts a budget. @throws {@link WaymarkError} CONFIG_INVALID. */
export function liftBudget(actionContext: ActionContext, kind: BudgetKind): Promise<BudgetChange> {
  return change(actionContext, kind, undefined, { budget: kind });
}

async function change(
  actionContext: ActionContext,
  kind: BudgetKind,
  budget: Budget | undefined,
  payload: Readonly<Record<string, unknown>>,
): Promise<BudgetChange> {
  const changed = await editConfig(actionContext.folder.configFile, 'budgets', ({ budgets }) => {
    const known = parseBudgets(budgets);
    const others = known.filter((one) => one.kind !== kind);
    const next = [...others, ...(budget === undefined ? [] : [budget])].map(formatBudget);
    const before = known.map(formatBudget);
    if (next.toSorted().join() === before.toSorted().join()) return KEEP;
    return next.length === 0 ? undefined : JSON.stringify(next);
  });
  if (!changed) return { changed: false, isKnown: true };
  return {
    changed: true,
    isKnown: await changeByEvents(actionContext, 'account.budget_changed', [payload]),
  };
}

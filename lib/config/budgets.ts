/** What a budget limits: all of a day, one session, or the agents of one session. */
export const BUDGET_KINDS = ['day', 'session', 'agents'] as const;
export type BudgetKind = (typeof BUDGET_KINDS)[number];

/** What happens when it is used up: Claude is told, the user is asked, or no more is spent. */
export const BUDGET_ACTIONS = ['warn', 'ask', 'deny'] as const;
export type BudgetAction = (typeof BUDGET_ACTIONS)[number];

export interface Budget {
  readonly kind: BudgetKind;
  /** At list prices. */
  readonly dollars: number;
  readonly action: BudgetAction;
  /** The entry as the user has written it. Missing in one that is about to be set. */
  readonly entry?: string;
}

/** An entry of the setting `budgets`: `day=20:ask`. */
export const BUDGET_ENTRY = /^(day|session|agents)=(\d{1,7}(?:\.\d{1,6})?):(warn|ask|deny)$/;

/** Reads the entries of the setting, at most one of each kind: the last one. */
export function parseBudgets(entries: readonly unknown[]): readonly Budget[] {
  const found = new Map<BudgetKind, Budget>();
  for (const entry of entries) {
    const [, kindText, amount, actionText] = BUDGET_ENTRY.exec(String(entry)) ?? [];
    const kind = BUDGET_KINDS.find((one) => one === kindText);
    const action = BUDGET_ACTIONS.find((one) => one === actionText);
    const dollars = Number(amount);
    if (kind !== undefined && action !== undefined && dollars > 0)
      found.set(kind, { kind, dollars, action, entry: String(entry) });
  }
  return BUDGET_KINDS.flatMap((kind) => found.get(kind) ?? []);
}

/** The entry that {@link parseBudgets} reads. */
export function formatBudget({ kind, dollars, action }: Budget): string {
  return `${kind}=${dollars}:${action}`;
}

import { type Budget, formatBudget } from '../../config/budgets.ts';
import type { BudgetAnswer, BudgetView } from './budget-view.ts';

/** What was spent, in dollars at list prices. */
export interface Spending {
  readonly day: {
    /** The day of the local clock. */
    readonly date: string;
    /** When it ends. Milliseconds since the epoch. */
    readonly until: number;
    readonly dollars: number;
  };
  /** By session, of those that are at work. */
  readonly sessions: Readonly<
    Record<string, { readonly dollars: number; readonly agents: number }>
  >;
}

/** A budget that is used up. */
export interface Crossing extends Budget {
  readonly spent: number;
  /** Tells this crossing from others: of another day, or of another amount. */
  readonly key: string;
}

/** Returns the budgets that are used up: those of all sessions, or of one. */
export function findCrossings(
  { day, sessions }: Spending,
  budgets: readonly Budget[],
  session?: string,
): readonly Crossing[] {
  const own = session === undefined ? undefined : sessions[session];
  const spent = {
    day: session === undefined ? day.dollars : 0,
    session: own?.dollars ?? 0,
    agents: own?.agents ?? 0,
  };
  return budgets
    .filter(({ kind, dollars }) => spent[kind] >= dollars)
    .map((budget) => {
      const date = budget.kind === 'day' ? `-${day.date}` : '';
      const key = `${budget.kind}${date}-${budget.dollars}`.replace(/[^\w.-]/g, '');
      return { ...budget, spent: spent[budget.kind], key };
    });
}

/** Composes the view: for each budget that is used up, what hooks say and when. */
export function composeBudgetView(spending: Spending, budgets: readonly Budget[]): BudgetView {
  const answers = (session?: string): readonly BudgetAnswer[] =>
    findCrossings(spending, budgets, session).map((crossing) => answerOf(crossing, spending));
  return {
    format: 2,
    day: answers(),
    sessions: Object.fromEntries(
      Object.keys(spending.sessions).map((session) => [session, answers(session)]),
    ),
  };
}

function answerOf(crossing: Crossing, { day }: Spending): BudgetAnswer {
  const { kind, dollars, action, spent, key } = crossing;
  return {
    ...{
      entry: crossing.entry ?? formatBudget(crossing),
      budget: kind,
      dollars,
      spent,
      action,
      key,
    },
    // Asked again for each further tenth.
    ...(action === 'ask' ? { askKey: `${key}-${Math.floor((10 * spent) / dollars)}` } : {}),
    ...(kind === 'day' ? { until: day.until } : {}),
    says: textsOf(crossing),
  };
}

/** The texts of all that a hook may do about it. */
function textsOf(crossing: Crossing): BudgetAnswer['says'] {
  const { kind, action } = crossing;
  const fact = `waymark: ${factOf(crossing)}.`;
  const lift = `To remove the limit: \`waymark budget ${kind} off\`, or set a higher amount.`;
  if (action === 'deny')
    return {
      denied: `${fact} Stop making calls, and tell the user. Do not remove the limit: only the user may, with \`waymark budget ${kind} off\`.`,
      blocked: `${fact} You set this limit: nothing more is spent. ${lift}`,
    };
  return {
    context: `${fact} Finish what is under way with as few calls as you can, and tell the user before you begin anything else.`,
    message: `${fact} ${lift}`,
    ...(action === 'ask' ? { asked: `${fact} Continue? ${lift}` } : {}),
  };
}

const SCOPES = { day: 'today', session: 'this session', agents: 'the agents of this session' };

function factOf({ kind, dollars, spent }: Crossing): string {
  return `the budget for ${SCOPES[kind]} is used up: $${spent.toFixed(2)} of $${dollars.toFixed(2)} at list prices`;
}

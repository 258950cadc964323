import { rmSync } from 'node:fs';
import type { OwnPrice } from '../claude/prices.ts';
import { type Budget, BUDGET_KINDS } from '../config/budgets.ts';
import { isoTime } from '../core/clock.ts';
import { shortHash16 } from '../core/short-hash.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { formatUsd } from '../core/units.ts';
import { writeView } from '../core/write-view.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { BUDGET_VIEW } from '../features/budget/budget-view.ts';
import {
  composeBudgetView,
  type Crossing,
  findCrossings,
  type Spending,
} from '../features/budget/spending.ts';
import { readSpending } from '../query/budgets.ts';
import { requestRefresh } from '../store/refreshes.ts';
import type { Refresher } from './refresh-views.ts';

export interface BudgetViewParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  /** The user's settings. */
  readonly budgets: () => readonly Budget[];
  readonly prices: () => readonly OwnPrice[];
  /** Stores events that have an id of their own: one that is known already changes nothing. */
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
}

/**
 * Writes what hooks answer about budgets that are used up into their view, and raises an event for
 * each of these. Without a budget it removes the view, and asks the store nothing.
 * @returns the refresher of the kind `budget`; its key does not matter.
 */
export function budgetRefresher({
  folder,
  clock,
  budgets,
  prices,
  storeAs,
}: BudgetViewParts): Refresher {
  let pending = '';
  return async (database) => {
    const set = budgets();
    if (set.length === 0) {
      rmSync(`${folder.views}/${BUDGET_VIEW}`, { force: true });
      if (pending !== '') requestRefresh(database, 'needles', ['']);
      pending = '';
      return;
    }
    const now = clock();
    const spending = await readSpending(database, now, prices());
    writeView(folder.views, BUDGET_VIEW, JSON.stringify(composeBudgetView(spending, set)));
    const crossings = allCrossings(spending, set);
    if (crossings.length > 0)
      storeAs(crossings.map(([session, crossing]) => crossedEvent(session, crossing, now)));
    const names =
      crossings.length === 0
        ? ''
        : JSON.stringify([
            Object.keys(spending.sessions), // A budget of a day is one of each of them.
            crossings.map(([session, { key, action }]) => [session, key, action]),
          ]);
    if (names !== pending) requestRefresh(database, 'needles', ['']);
    pending = names;
  };
}

type SessionCrossing = readonly [session: string, crossing: Crossing];

function allCrossings(spending: Spending, budgets: readonly Budget[]): readonly SessionCrossing[] {
  const sessions = [undefined, ...Object.keys(spending.sessions)];
  return sessions.flatMap((session) =>
    findCrossings(spending, budgets, session).map((crossing) => [session ?? '', crossing] as const),
  );
}

/** A day has one event, whichever session is at work. */
function crossedEvent(session: string, crossing: Crossing, now: number): EventEnvelope {
  const { kind, dollars, spent, action, key } = crossing;
  const isDay = kind === BUDGET_KINDS[0];
  const scope = isDay ? 'today' : kind === 'agents' ? 'the agents of a session' : 'a session';
  return {
    event_id: `budget_${shortHash16(`${key} ${isDay ? '' : session}`)}`,
    event_type: 'account.budget_crossed',
    timestamp: isoTime(now),
    source: 'worker',
    payload: {
      ...{ budget: kind, dollars, spent, action },
      ...(isDay ? {} : { session_id: session }),
      message: `The budget for ${scope} is used up: ${formatUsd(spent)} of ${formatUsd(dollars)}`,
    },
  };
}

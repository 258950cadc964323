import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseBudgets } from '../../../lib/config/budgets.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { checkEvent } from '../../../lib/events/types/check-event.ts';
import { BUDGET_VIEW } from '../../../lib/features/budget/budget-view.ts';
import { USAGE } from '../../../lib/features/operation/table.ts';
import { isRefreshDue, removeRefreshes } from '../../../lib/store/refreshes.ts';
import { SESSIONS } from '../../../lib/store/sessions-table.ts';
import { applyWrites } from '../../../lib/store/sink.ts';
import { budgetRefresher } from '../../../lib/worker/budget-view.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testStore } from '../../support/test-store.ts';

const NOW = new Date(2026, 10, 22, 12).getTime();

function scene() {
  const database = testStore();
  const folder = stateFolderAt(tempFolder());
  mkdirSync(folder.queue, { recursive: true });
  mkdirSync(folder.views, { recursive: true });
  const events: EventEnvelope[] = [];
  let set: readonly string[] = [];
  let answers = 0;
  const refresh = budgetRefresher({
    ...{ folder, clock: () => NOW, prices: () => [], budgets: () => parseBudgets(set) },
    storeAs: (made) => void events.push(...made),
  });
  const view = (): unknown =>
    existsSync(`${folder.views}/${BUDGET_VIEW}`)
      ? JSON.parse(readFileSync(`${folder.views}/${BUDGET_VIEW}`, 'utf8'))
      : undefined;
  return {
    ...{ events, view },
    /** An answer of 25 dollars. */
    answer: (session: string) => {
      answers += 1;
      const row = {
        ...{ message_id: `m${answers}`, request_id: 'r', model: 'claude-opus-4-8', at: NOW },
        ...{ claimed_since: 1, session_id: session, agent_id: null, output: 1_000_000 },
      };
      applyWrites(database, [
        { into: USAGE, row },
        { into: SESSIONS, row: { id: session, first_event_at: 1, last_event_at: NOW } },
      ]);
    },
    /** @returns whether the needles are to be written again. */
    make: async (...budgets: readonly string[]): Promise<boolean> => {
      set = budgets;
      removeRefreshes(database, "SELECT ''", []);
      await refresh(database, 's1');
      return isRefreshDue(database, 'needles', '');
    },
  };
}

describe('the view of what was spent', () => {
  it('is not there without a budget, and goes when the last one is lifted', async () => {
    const { answer, make, view } = scene();
    answer('s1');
    expect([await make(), view()]).toEqual([false, undefined]);
    expect(await make('day=20:deny')).toBe(true);
    expect(view()).toMatchObject({
      ...{ format: 2, sessions: { s1: [] } },
      day: [{ entry: 'day=20:deny', spent: 25, says: { blocked: expect.any(String) } }],
    });
    expect([await make(), view()]).toEqual([true, undefined]);
  });

  it('asks for the needles when a budget is crossed, and no more while it stays so', async () => {
    const { answer, make } = scene();
    answer('s1');
    expect(await make('day=40:deny')).toBe(false);
    answer('s1');
    expect(await make('day=40:deny')).toBe(true);
    answer('s1');
    expect(await make('day=40:deny')).toBe(false);
  });

  it('asks for the needles also when a session begins while a day is used up', async () => {
    const { answer, make } = scene();
    answer('s1');
    expect(await make('day=20:deny')).toBe(true);
    answer('s2');
    expect(await make('day=20:deny')).toBe(true);
  });

  it('raises one event for a day, and one for each session', async () => {
    const { answer, make, events } = scene();
    answer('s1');
    answer('s2');
    await make('day=20:warn', 'session=20:ask');
    await make('day=20:warn', 'session=20:ask');
    const known = new Map(events.map((event) => [event.event_id, event]));
    for (const event of known.values())
      expect(checkEvent(event, 'refuse')).toMatchObject({ ok: true });
    expect([...known.values()].map(({ payload }) => payload)).toEqual([
      {
        ...{ budget: 'day', dollars: 20, spent: 50, action: 'warn' },
        message: 'The budget for today is used up: $50.00 of $20.00',
      },
      ...['s1', 's2'].map((session_id) => ({
        ...{ budget: 'session', dollars: 20, spent: 25, action: 'ask', session_id },
        message: 'The budget for a session is used up: $25.00 of $20.00',
      })),
    ]);
  });

  it('raises the event of a day also when no session is at work', async () => {
    const { answer, make, events } = scene();
    answer('s1');
    await make('day=20:warn');
    expect(events).toHaveLength(1);
  });
});

import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseBudgets } from '../../../lib/config/budgets.ts';
import { isoTime } from '../../../lib/core/clock.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { USAGE } from '../../../lib/features/operation/table.ts';
import { budgetLines, configuredBudgets, readSpending } from '../../../lib/query/budgets.ts';
import type { Database } from '../../../lib/store/database.ts';
import { SESSIONS } from '../../../lib/store/sessions-table.ts';
import { applyWrites } from '../../../lib/store/sink.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testStore } from '../../support/test-store.ts';

/** Noon of the local clock. */
const NOW = new Date(2026, 10, 22, 12).getTime();
const HOUR_MS = 3_600_000;

/** One answer of a million tokens costs 25 dollars. */
const DOLLARS = 25;

function storeWith(
  answers: ReadonlyArray<{ session: string; hours: number; agent?: string }>,
): Database {
  const store = testStore();
  for (const [index, { session, hours, agent }] of answers.entries()) {
    const at = NOW - hours * HOUR_MS;
    const row = {
      ...{ message_id: `m${index}`, request_id: 'r', model: 'claude-opus-4-8' },
      ...{ claimed_since: 1, session_id: session, agent_id: agent ?? null, at, output: 1_000_000 },
    };
    applyWrites(store, [{ into: USAGE, row }]);
  }
  for (const id of ['s1', 's2'])
    applyWrites(store, [{ into: SESSIONS, row: { id, first_event_at: 1, last_event_at: NOW } }]);
  applyWrites(store, [
    { into: SESSIONS, row: { id: 'old', first_event_at: 1, last_event_at: NOW - 2 * HOUR_MS } },
  ]);
  return store;
}

describe('readSpending', () => {
  it('adds up the day of the local clock, and each session at work with its agents', async () => {
    const store = storeWith([
      ...[
        { session: 's1', hours: 13 },
        { session: 's1', hours: 1 },
      ],
      ...[
        { session: 's1', hours: 1, agent: 'a1' },
        { session: 'old', hours: 3 },
      ],
    ]);
    const { day, sessions } = await readSpending(store, NOW, []);
    expect(day.dollars).toBe(3 * DOLLARS);
    expect(day.date).toBe('2026-11-22');
    expect(isoTime(day.until)).toBe(isoTime(new Date(2026, 10, 23).getTime()));
    expect(sessions).toEqual({
      s1: { dollars: 3 * DOLLARS, agents: DOLLARS },
      s2: { dollars: 0, agents: 0 },
    });
  });
});

describe('budgetLines', () => {
  it('puts what was spent beside each budget, of the session that spent most', async () => {
    const store = storeWith([
      ...[
        { session: 's1', hours: 1 },
        { session: 's2', hours: 1, agent: 'a' },
      ],
      { session: 's2', hours: 1 },
    ]);
    const budgets = parseBudgets(['day=80:warn', 'session=50:ask', 'agents=30:deny']);
    expect(budgetLines(budgets, await readSpending(store, NOW, []))).toEqual([
      {
        ...{ budget: 'day', dollars: 80, action: 'warn', spent: 75 },
        ...{ session: null, isUsedUp: false },
      },
      {
        ...{ budget: 'session', dollars: 50, action: 'ask', spent: 50 },
        ...{ session: 's2', isUsedUp: true },
      },
      {
        ...{ budget: 'agents', dollars: 30, action: 'deny', spent: 25 },
        ...{ session: 's2', isUsedUp: false },
      },
    ]);
  });
});

describe('configuredBudgets', () => {
  it('reads the settings of the user, without a file none', () => {
    const folder = stateFolderAt(tempFolder());
    expect(configuredBudgets(folder)).toEqual([]);
    writeFileSync(folder.configFile, '{"budgets":["day=1:ask"]}');
    expect(configuredBudgets(folder)).toEqual([
      { kind: 'day', dollars: 1, action: 'ask', entry: 'day=1:ask' },
    ]);
  });
});

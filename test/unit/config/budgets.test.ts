import { describe, expect, it } from 'vitest';
import { formatBudget, parseBudgets } from '../../../lib/config/budgets.ts';

describe('parseBudgets', () => {
  it('reads one budget of each kind, the last one, in a fixed order', () => {
    expect(parseBudgets(['agents=2.5:deny', 'day=20:ask', 'day=30:warn'])).toEqual([
      { kind: 'day', dollars: 30, action: 'warn', entry: 'day=30:warn' },
      { kind: 'agents', dollars: 2.5, action: 'deny', entry: 'agents=2.5:deny' },
    ]);
  });

  it('leaves out what is none', () => {
    const entries = ['day=0:ask', 'day=-1:ask', 'week=1:ask', 'day=1:kill', 'day=1e9:ask', 7, null];
    expect(parseBudgets(entries)).toEqual([]);
  });

  it('reads what formatBudget writes', () => {
    const budget = { kind: 'session', dollars: 0.05, action: 'ask' } as const;
    expect(parseBudgets([formatBudget(budget)])).toMatchObject([budget]);
  });
});

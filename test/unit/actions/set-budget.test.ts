import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { liftBudget, setBudget } from '../../../lib/actions/set-budget.ts';
import { PRIORITY } from '../../../lib/events/envelope.ts';
import { parseJsonObject } from '../../../lib/core/json.ts';
import { filesIn } from '../../support/run-hook.ts';
import { testHome } from '../../support/test-home.ts';

function scene() {
  const { folder } = testHome();
  const environment = { WAYMARK_AUTOSTART: 'false', WAYMARK_BUDGETS: 'day=1:deny' };
  const actionContext = { folder, environment, clock: () => Date.parse('2026-11-22T10:00:00Z') };
  return {
    actionContext,
    settings: (): unknown => parseJsonObject(readFileSync(folder.configFile, 'utf8')),
    events: () => filesIn(`${folder.queue}/pending/${PRIORITY.failure}`).length,
  };
}

describe('setBudget', () => {
  it('writes the budget of its kind into the settings of the user, and tells the worker', async () => {
    const { actionContext, settings, events } = scene();
    await setBudget(actionContext, { kind: 'day', dollars: 20, action: 'warn' });
    await setBudget(actionContext, { kind: 'session', dollars: 0.5, action: 'deny' });
    expect(settings()).toEqual({ budgets: ['day=20:warn', 'session=0.5:deny'] });
    await setBudget(actionContext, { kind: 'day', dollars: 30, action: 'ask' });
    expect(settings()).toEqual({ budgets: ['session=0.5:deny', 'day=30:ask'] });
    expect(events()).toBe(3);
  });

  it('changes nothing when it is set already', async () => {
    const { actionContext, events } = scene();
    const budget = { kind: 'agents', dollars: 2, action: 'ask' } as const;
    expect(await setBudget(actionContext, budget)).toMatchObject({ changed: true, isKnown: false });
    expect(await setBudget(actionContext, budget)).toMatchObject({ changed: false });
    expect(events()).toBe(1);
  });

  it.each([0, -1, 1e8, Number.NaN])('refuses %d dollars', async (dollars) => {
    const { actionContext } = scene();
    const set = async () => setBudget(actionContext, { kind: 'day', dollars, action: 'warn' });
    await expect(set()).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('liftBudget', () => {
  it('takes the budget out, and the setting with the last one', async () => {
    const { actionContext, settings } = scene();
    await setBudget(actionContext, { kind: 'day', dollars: 20, action: 'warn' });
    expect(await liftBudget(actionContext, 'session')).toMatchObject({ changed: false });
    expect(await liftBudget(actionContext, 'day')).toMatchObject({ changed: true });
    expect(settings()).toEqual({});
  });
});

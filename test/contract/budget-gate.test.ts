import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBudgets } from '../../lib/config/budgets.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { budgetNeedles } from '../../lib/worker/needle-file.ts';
import { BUDGET_VIEW } from '../../lib/features/budget/budget-view.ts';
import { composeBudgetView } from '../../lib/features/budget/spending.ts';
import { bytesIn, GATE_SESSION, type GatePlace, gatePlace } from '../support/gate-place.ts';
import { gateRunners, runGate } from '../support/gate-runners.ts';
import { GATE_SHELLS } from '../support/gate-shells.ts';
import { hookErrors, queuedEvents, recordedInput } from '../support/run-hook.ts';

const prevent = gateRunners('prevent-failure');
const prompts = gateRunners('user-prompt-submit');
const SHELL = GATE_SHELLS[0]?.name ?? 'sh';

/** What the worker leaves for hooks when a session has spent so much today. */
function spend({ home }: GatePlace, dollars: number, budgets: readonly string[]): void {
  const folder = stateFolderAt(home);
  const spending = {
    day: { date: '2026-11-22', until: Date.now() + 3_600_000, dollars },
    sessions: { [GATE_SESSION]: { dollars, agents: 0 } },
  };
  mkdirSync(join(folder.views, 'budget'), { recursive: true, mode: 0o700 });
  mkdirSync(join(folder.views, 'failures'), { recursive: true, mode: 0o700 });
  const view = composeBudgetView(spending, parseBudgets(budgets));
  writeFileSync(`${folder.views}/${BUDGET_VIEW}`, JSON.stringify(view));
  writeFileSync(folder.configFile, JSON.stringify({ budgets }));
  const needles = budgetNeedles(folder, parseBudgets(budgets), Date.now());
  writeFileSync(
    `${folder.views}/failures/needles`,
    needles.map((needle) => `${needle}\n`).join(''),
  );
}

function payload(fixture: string): string {
  return `${JSON.stringify({ ...recordedInput(fixture), session_id: GATE_SESSION })}\n`;
}

describe('a call behind the gate', () => {
  it('starts no Node while no budget is used up', async () => {
    const place = gatePlace();
    spend(place, 19, ['day=20:deny']);
    const run = await runGate(prevent().of(SHELL), payload('PreToolUse.Bash'), place.environment);
    expect([run.status, run.stdout, bytesIn(place.started)]).toEqual([0, '', undefined]);
  });

  it.each(['ask', 'deny'])('is answered with %s when one is', async (action) => {
    const place = gatePlace();
    spend(place, 21, [`day=20:${action}`]);
    const run = await runGate(prevent().of(SHELL), payload('PreToolUse.Bash'), place.environment);
    expect(JSON.parse(run.stdout)).toEqual({
      hookSpecificOutput: {
        hookEventName: 'PreToolUse',
        permissionDecision: action,
        permissionDecisionReason: expect.stringContaining('$21.00 of $20.00'),
      },
    });
    expect([run.status, hookErrors(place.home)]).toEqual([0, []]);
    expect(queuedEvents(place.home).map(({ event_type: type }) => type)).toEqual([
      'session.budget_told',
    ]);
  });

  it('passes as soon as the budget is lifted, although the gate still knows it', async () => {
    const place = gatePlace();
    spend(place, 21, ['day=20:deny']);
    writeFileSync(stateFolderAt(place.home).configFile, '{}');
    const run = await runGate(prevent().of(SHELL), payload('PreToolUse.Bash'), place.environment);
    expect([run.stdout, bytesIn(place.started)]).toEqual(['', 1]);
  });
});

describe('a prompt', () => {
  it('is not sent when a budget that denies is used up', async () => {
    const place = gatePlace();
    spend(place, 21, ['day=20:deny']);
    const run = await runGate(prompts().of(SHELL), payload('UserPromptSubmit'), place.environment);
    expect(JSON.parse(run.stdout)).toEqual({
      ...{ decision: 'block', reason: expect.stringContaining('budget day off') },
    });
    expect(queuedEvents(place.home).map(({ event_type: type }) => type)).toEqual([
      ...['session.prompt_submitted', 'session.budget_told'],
    ]);
  });
});

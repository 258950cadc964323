import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { budgetNeedles } from '../../../../lib/worker/needle-file.ts';
import { answerBudget } from '../../../../lib/features/budget/answer.ts';
import { captureBudget } from '../../../../lib/features/budget/capture.ts';
import { BUDGET_VIEW } from '../../../../lib/features/budget/budget-view.ts';
import { composeBudgetView } from '../../../../lib/features/budget/spending.ts';
import { parseBudgets } from '../../../../lib/config/budgets.ts';
import { type StateFolder, stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { sessionNeedle } from '../../../../lib/hook/session-needle.ts';
import type { HookOutput } from '../../../../lib/hook/output.ts';
import { recordedCall } from '../../../support/hook-call.ts';
import { recordedInput } from '../../../support/run-hook.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const SESSION = String(recordedInput('PreToolUse.Bash')['session_id']);
const FUTURE = Date.now() + 3_600_000;

interface Spent {
  readonly day?: number;
  readonly session?: number;
  readonly agents?: number;
  readonly until?: number;
}

/** A state folder with budgets, and the view that the worker makes of what was spent. */
function place(budgets: readonly string[], spent: Spent) {
  const root = tempFolder();
  const folder = stateFolderAt(root);
  mkdirSync(`${folder.views}/budget`, { recursive: true });
  let entries = budgets;
  const spend = ({ day = 0, session = 0, agents = 0, until = FUTURE }: Spent): void => {
    const spending = {
      day: { date: '2026-11-22', until, dollars: day },
      sessions: { [SESSION]: { dollars: session, agents } },
    };
    const view = composeBudgetView(spending, parseBudgets(entries));
    writeFileSync(`${folder.views}/${BUDGET_VIEW}`, JSON.stringify(view));
  };
  const set = (changed: readonly string[]): void => {
    entries = changed;
    writeFileSync(folder.configFile, JSON.stringify({ budgets: entries }));
  };
  set(budgets);
  spend(spent);
  /** What a hook answers and records of one call. */
  const call = (fixture = 'PreToolUse.Bash', entrypoint = 'cli') => {
    const made = { ...recordedCall(fixture, { root }), entrypoint };
    const events = captureBudget(made).map(({ payload }) => payload['verdict']);
    return { speech: answerBudget(made), events };
  };
  const speech = (...given: Parameters<typeof call>): HookOutput | undefined =>
    call(...given).speech;
  /** What the gate looks for once the worker has seen these budgets. */
  const needles = (changed: readonly string[], now?: Spent): readonly string[] => {
    set(changed);
    spend(now ?? spent);
    return budgetNeedles(folder, parseBudgets(changed), Date.now());
  };
  return { folder, spend, set, call, speech, needles };
}

describe('a budget that warns', () => {
  it('tells Claude and the user once per session, at a prompt or before a call', () => {
    const { call } = place(['day=20:warn'], { day: 21.3 });
    const first = call('UserPromptSubmit');
    expect(first.events).toEqual(['warned']);
    expect(first.speech).toEqual({
      context: expect.stringContaining('today is used up: $21.30 of $20.00 at list prices'),
      message: expect.stringContaining('To remove the limit: `waymark budget day off`'),
    });
    expect([call(), call('UserPromptSubmit')]).toEqual([
      { speech: undefined, events: [] },
      { speech: undefined, events: [] },
    ]);
  });

  it('tells again when a higher amount is used up, too', () => {
    const { set, spend, speech } = place(['day=20:warn'], { day: 21 });
    expect(speech()).toBeDefined();
    set(['day=30:warn']);
    expect(speech()).toBeUndefined();
    spend({ day: 31 });
    expect(speech()?.context).toContain('$31.00 of $30.00');
  });
});

describe('a budget that asks', () => {
  it('asks before a call once for each further tenth, and tells once at a prompt', () => {
    const { call, spend, speech } = place(['session=10:ask'], { session: 10 });
    expect(call('UserPromptSubmit').events).toEqual(['warned']);
    expect(speech('UserPromptSubmit')).toBeUndefined();
    const asked = call();
    expect(asked.events).toEqual(['asked']);
    expect(asked.speech).toEqual({
      permission: {
        decision: 'ask',
        reason: expect.stringContaining('this session is used up: $10.00 of $10.00'),
      },
    });
    expect(speech()).toBeUndefined();
    spend({ session: 11 });
    expect(speech()?.permission?.decision).toBe('ask');
  });

  it('asks at every call where nobody can answer', () => {
    const { speech } = place(['session=10:ask'], { session: 10 });
    const decisions = [1, 2].map(() => speech('PreToolUse.Bash', 'sdk-cli')?.permission?.decision);
    expect(decisions).toEqual(['ask', 'ask']);
  });
});

describe('a budget that denies', () => {
  it('refuses every call and every prompt, and says how to lift it', () => {
    const { call, set } = place(['day=20:deny'], { day: 20 });
    for (const _ of [1, 2]) {
      const refused = call();
      expect(refused.events).toEqual(['denied']);
      expect(refused.speech?.permission).toEqual({
        decision: 'deny',
        reason: expect.stringContaining('`waymark budget day off`'),
      });
      const blocked = call('UserPromptSubmit');
      expect(blocked.events).toEqual(['blocked']);
      expect(blocked.speech).toEqual({
        block: expect.stringContaining('To remove the limit: `waymark budget day off`'),
      });
    }
    set([]);
    expect(call()).toEqual({ speech: undefined, events: [] });
  });

  it('goes before one that warns', () => {
    const { speech } = place(['day=20:warn', 'session=1:deny'], { day: 20, session: 2 });
    const said = speech();
    expect(said?.permission?.decision).toBe('deny');
    expect(said?.context).toContain('today');
  });
});

describe('a budget for agents', () => {
  it('holds for calls that start agents or that agents make, and for nothing else', () => {
    const { speech } = place(['agents=2:deny'], { session: 50, agents: 2 });
    expect(speech('PreToolUse.Agent')?.permission?.decision).toBe('deny');
    expect(speech('PreToolUse.Bash.in-agent')?.permission?.decision).toBe('deny');
    expect(speech('PreToolUse.Bash')).toBeUndefined();
    expect(speech('UserPromptSubmit')).toBeUndefined();
  });
});

describe('a budget of which nothing is known', () => {
  it.each<[string, (folder: StateFolder, spend: (spent: Spent) => void) => void]>([
    ['yesterday', (_, spend) => spend({ day: 99, until: Date.now() - 1 })],
    ['broken JSON', ({ views }) => writeFileSync(`${views}/${BUDGET_VIEW}`, '{"format":1,')],
    ['another form', ({ views }) => writeFileSync(`${views}/${BUDGET_VIEW}`, '{"format":3}')],
    ['a list', ({ views }) => writeFileSync(`${views}/${BUDGET_VIEW}`, '[1]')],
    ['no settings', ({ configFile }) => writeFileSync(configFile, '')],
    ['settings of another kind', ({ configFile }) => writeFileSync(configFile, '{"budgets":7}')],
  ])('lets everything pass: %s', (_, change) => {
    const { folder, spend, call } = place(['day=20:deny', 'session=1:deny'], { day: 99 });
    change(folder, spend);
    expect([call(), call('UserPromptSubmit')]).toEqual([
      { speech: undefined, events: [] },
      { speech: undefined, events: [] },
    ]);
  });
});

describe('budgetNeedles', () => {
  it('let calls of a session through while it has used up a budget', () => {
    const { needles, speech } = place(['day=20:warn'], { day: 20 });
    expect(needles(['day=20:deny'])).toEqual([sessionNeedle(SESSION)]);
    expect(needles(['day=20:warn'])).toEqual([sessionNeedle(SESSION)]);
    expect(needles(['day=21:deny'])).toEqual([]);
    expect(needles([])).toEqual([]);
    needles(['day=20:warn']);
    speech(); // A warning is given once.
    expect(needles(['day=20:warn'])).toEqual([]);
    expect(needles(['day=20:ask'])).toEqual([sessionNeedle(SESSION)]);
    expect(needles(['day=20:deny'], { day: 20, until: 1 })).toEqual([]);
  });
});

describe('something else in place of the view', () => {
  it.each([
    ['a link', (view: string) => symlinkSync(`${view}.other`, view)],
    ['a link to itself', (view: string) => symlinkSync(view, view)],
    ['a folder', (view: string) => mkdirSync(view)],
    ['a pipe that nobody writes to', (view: string) => execFileSync('mkfifo', [view])],
    ['megabytes', (view: string) => writeFileSync(view, `{"x":"${'x'.repeat(2_000_000)}"}`)],
  ])('lets everything pass at once: %s', (_what, put) => {
    const { folder, call } = place(['day=20:deny'], { day: 21 });
    const view = `${folder.views}/${BUDGET_VIEW}`;
    expect(call().events).toEqual(['denied']);
    renameSync(view, `${view}.other`);
    put(view);
    expect(call()).toEqual({ speech: undefined, events: [] });
  });
});

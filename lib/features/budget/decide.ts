import { readToolFields } from '../../claude/hook-input.ts';
import { systemClock } from '../../core/clock.ts';
import { type JsonObject, stringField } from '../../core/json.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { createExclusive } from '../../hook/throttle.ts';
import { readBudgetAnswers } from './budget-view.ts';

/** What a hook does about a budget that is used up. */
export interface BudgetVerdict {
  /** As the view has it, see {@link BudgetAnswer}. */
  readonly answer: JsonObject;
  /** `blocked`: the prompt is not sent. `denied`, `asked`: before a call. */
  readonly verdict: 'warned' | 'asked' | 'denied' | 'blocked';
}

const decided = new WeakMap<HookCall, readonly BudgetVerdict[]>();

/**
 * Returns what to do at this call. What is said once leaves a mark, so it is decided once for each
 * call.
 */
export function budgetVerdicts(call: HookCall): readonly BudgetVerdict[] {
  const known = decided.get(call) ?? decide(call);
  decided.set(call, known);
  return known;
}

function decide(call: HookCall): readonly BudgetVerdict[] {
  return readBudgetAnswers(call.folder, call.input.sessionId, systemClock())
    .filter(({ budget }) => budget !== 'agents' || isOfAgents(call))
    .flatMap((answer) => {
      const verdict = verdictOn(call, answer);
      return verdict === undefined ? [] : [{ answer, verdict }];
    });
}

/** Whether it is a call that starts an agent, or one that an agent makes. */
function isOfAgents(call: HookCall): boolean {
  if (call.input.event !== 'PreToolUse') return false;
  return call.input.agentId !== undefined || readToolFields(call.input).tool === 'Agent';
}

function verdictOn(call: HookCall, answer: JsonObject): BudgetVerdict['verdict'] | undefined {
  const isPrompt = call.input.event === 'UserPromptSubmit';
  if (answer['action'] === 'deny') return isPrompt ? 'blocked' : 'denied';
  // A hook cannot ask before a prompt is sent: the user gets a message instead.
  if (answer['action'] === 'ask' && !isPrompt) {
    // Without a person to answer (SDK), every call is asked about.
    const isAlone = call.entrypoint?.startsWith('sdk') === true;
    return isAlone || isFirstReport(call, answer, 'askKey') ? 'asked' : undefined;
  }
  return isFirstReport(call, answer, 'key') ? 'warned' : undefined;
}

function isFirstReport({ session }: HookCall, answer: JsonObject, name: 'key' | 'askKey'): boolean {
  const key = stringField(answer, name) ?? '';
  if (!/^[\w.-]+$/.test(key)) return false; // It becomes a file name.
  makePrivateFolder(session.path);
  return createExclusive(`${session.path}/${saidMark(key)}`);
}

/** The file in a session's throttle folder that marks a crossing as told. */
export function saidMark(key: string): string {
  return `said-budget-${key}`;
}

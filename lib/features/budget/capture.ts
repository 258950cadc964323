import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { budgetVerdicts } from './decide.ts';

/** Records what a hook does about a budget; use it with `answerBudget`. */
export function captureBudget(call: HookCall): readonly EventDraft[] {
  return budgetVerdicts(call).map(({ verdict, answer: { budget, dollars, spent } }) => ({
    type: 'session.budget_told',
    priority: PRIORITY.normal,
    correlationId: call.input.promptId ?? call.input.sessionId,
    payload: { ...call.identity(), budget, verdict, dollars, spent },
  }));
}

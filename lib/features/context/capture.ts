import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { claimContextWarning } from './warning.ts';

/**
 * Records that Claude was warned about a threshold; use it with `answerContext`. The worker then
 * removes the session's needle from the gate.
 */
export function captureWarning(call: HookCall): readonly EventDraft[] {
  const warning = claimContextWarning(call);
  if (warning === undefined) return [];
  const { threshold, epoch, percent } = warning;
  const payload = { ...call.identity(), threshold, epoch, percent };
  return [
    {
      type: 'session.context_warned',
      priority: PRIORITY.normal,
      correlationId: call.input.promptId ?? call.input.sessionId,
      payload,
    },
  ];
}

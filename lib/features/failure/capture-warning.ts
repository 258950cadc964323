import { readToolFields } from '../../claude/hook-input.ts';
import { describeToolTarget } from '../../claude/tool-target.ts';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { decideWarning } from './answer.ts';

/**
 * Records the warning that Claude gets before a call; use it with `answerFailure`. The worker finds
 * out what followed.
 */
export function captureFailureWarning(call: HookCall): readonly EventDraft[] {
  const warning = decideWarning(call);
  if (warning === undefined) return [];
  const { pattern, verdict } = warning.prevention;
  const { tool, toolUseId, input } = readToolFields(call.input);
  const { fix } = pattern;
  const payload = {
    ...call.identity(),
    pattern: pattern.id,
    verdict,
    tool,
    target: describeToolTarget(tool, input),
    ...(toolUseId === undefined ? {} : { tool_use_id: toolUseId }),
    ...(fix === null || fix.isEdit ? {} : { fix: fix.text }),
  };
  return [
    {
      type: 'session.failure_warned',
      priority: PRIORITY.normal,
      correlationId: call.input.promptId ?? call.input.sessionId,
      payload,
    },
  ];
}

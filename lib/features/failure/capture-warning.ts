import { toolFields } from '../../claude/hook-input.ts';
import { toolTarget } from '../../claude/tool-target.ts';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { warningOf } from './answer.ts';

/** Records what Claude is told before a call that is known to fail; use it with `answerFailure`. The worker finds out what followed. */
export function captureFailureWarning(call: HookCall): readonly EventDraft[] {
  const warning = warningOf(call);
  if (warning === undefined) return [];
  const { pattern, verdict } = warning.prevention;
  const { tool, toolUseId, input } = toolFields(call.input);
  const { fix } = pattern;
  const payload = {
    ...call.identity(),
    pattern: pattern.id,
    verdict,
    tool,
    target: toolTarget(tool, input),
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

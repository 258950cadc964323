import { readToolFields } from '../../claude/hook-input.ts';
import { describeToolTarget } from '../../claude/tool-target.ts';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { decidePrevention } from './prevention.ts';

/**
 * PreToolUse: creates an event for each call whose command is replaced by a fix. The decision is
 * shared with the answer.
 */
export function captureFix(call: HookCall): readonly EventDraft[] {
  const prevention = decidePrevention(call);
  if (prevention?.verdict !== 'replace') return [];
  const { tool, toolUseId, input } = readToolFields(call.input);
  const own = {
    pattern_id: prevention.pattern.id,
    tool,
    tool_use_id: toolUseId,
    command: describeToolTarget(tool, input),
    fix: describeToolTarget(tool, prevention.updatedInput),
  };
  return [
    {
      type: 'learning.fix_applied',
      priority: PRIORITY.normal,
      correlationId: call.input.promptId ?? call.input.sessionId,
      payload: { ...call.identity(), ...own },
    },
  ];
}

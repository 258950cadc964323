import { toolFields } from '../../claude/hook-input.ts';
import { toolTarget } from '../../claude/tool-target.ts';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { preventionOf } from './prevention.ts';

/** PreToolUse: an event for each call whose command a fix replaces. What is answered is decided once for both. */
export function captureFix(call: HookCall): readonly EventDraft[] {
  const prevention = preventionOf(call);
  if (prevention?.verdict !== 'replace') return [];
  const { tool, toolUseId, input } = toolFields(call.input);
  const own = {
    pattern_id: prevention.pattern.id,
    tool,
    tool_use_id: toolUseId,
    command: toolTarget(tool, input),
    fix: toolTarget(tool, prevention.updatedInput),
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

import type { HookCall } from '../../hook/hook-call.ts';
import type { HookOutput } from '../../hook/output.ts';
import { claimContextWarning } from './warning.ts';

/**
 * UserPromptSubmit and PreToolUse: warns Claude that its context fills up, once per threshold and
 * compaction.
 */
export function answerContext(call: HookCall): HookOutput | undefined {
  const warning = claimContextWarning(call);
  return warning === undefined ? undefined : { context: warning.text };
}

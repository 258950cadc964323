import type { HookCall } from '../../hook/hook-call.ts';
import type { Speech } from '../../hook/output.ts';
import { takeWarning, warningText } from './warning.ts';

/** UserPromptSubmit and PreToolUse: warns Claude, once per threshold and compaction, that its context fills up. */
export function answerContext(call: HookCall): Speech | undefined {
  const warning = takeWarning(call);
  return warning === undefined ? undefined : { context: warningText(warning) };
}

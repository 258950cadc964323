import type { HookCall } from '../../hook/hook-call.ts';
import type { HookOutput } from '../../hook/output.ts';
import { claimNotices } from './notice.ts';

/** UserPromptSubmit and PreToolUse: tells Claude once that files were restored. */
export function answerRestored(call: HookCall): HookOutput | undefined {
  const notices = claimNotices(call);
  return notices.length === 0 ? undefined : { context: notices.map(({ text }) => text).join('\n') };
}

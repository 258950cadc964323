import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { claimNotices } from './notice.ts';

/**
 * Records that Claude was told about a restore; use it with `answerRestored`. The worker then
 * deletes the notice.
 */
export function captureRestored(call: HookCall): readonly EventDraft[] {
  return claimNotices(call).map(({ id, checkpoint, written, removed }) => ({
    type: 'session.restore_told',
    priority: PRIORITY.normal,
    correlationId: call.input.promptId ?? call.input.sessionId,
    payload: { ...call.identity(), restore: id, checkpoint, written, removed },
  }));
}

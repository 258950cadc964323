import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import { numberField } from '../../core/json.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { takeWarning } from './warning.ts';

/** Records that Claude is warned about a threshold; use it with `answerContext`. The worker then stops watching the session's next call. */
export function captureWarning(call: HookCall): readonly EventDraft[] {
  const warning = takeWarning(call);
  if (warning === undefined) return [];
  const { threshold, epoch, view } = warning;
  const payload = { ...call.identity(), threshold, epoch, percent: numberField(view, 'percent') };
  return [
    {
      type: 'session.context_warned',
      priority: PRIORITY.normal,
      correlationId: call.input.promptId ?? call.input.sessionId,
      payload,
    },
  ];
}

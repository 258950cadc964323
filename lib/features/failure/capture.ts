import { readToolFields } from '../../claude/hook-input.ts';
import { OPERATION_TOOLS } from '../../claude/operation-tools.ts';
import { redactHead, describeToolTarget } from '../../claude/tool-target.ts';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import { withoutProgress } from '../../core/progress-lines.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { countOperation } from '../../hook/throttle.ts';

/** Longest head of an error that is kept. */
const ERROR_LIMIT = 500;

/** PostToolUseFailure and StopFailure: creates an event for every failure, never throttled. */
export function captureFailure(call: HookCall): readonly EventDraft[] {
  switch (call.input.event) {
    case 'PostToolUseFailure':
      return [failedCall(call)];
    case 'StopFailure':
      return [failedTurn(call)];
    default:
      return [];
  }
}

function failedCall(call: HookCall): EventDraft {
  const { tool, toolUseId, input } = readToolFields(call.input);
  if (OPERATION_TOOLS.includes(tool) && !call.isCounted) tryToCount(call);
  const error = errorHead(stringField(call.input.fields, 'error') ?? 'no reason given');
  const failed = {
    tool,
    target: describeToolTarget(tool, input),
    outcome: 'failed',
    tool_use_id: toolUseId,
    error,
    duration_ms: numberField(call.input.fields, 'duration_ms'),
  };
  return draft(call, { call: failed, is_interrupt: call.input.fields['is_interrupt'] === true });
}

function tryToCount(call: HookCall): void {
  try {
    countOperation(call.session);
  } catch {
    // a failed count must not lose the event; the enqueue meets the same disk and reports it
  }
}

/** Returns the event for a turn that the API ended. There is no tool call. */
function failedTurn(call: HookCall): EventDraft {
  const kind = stringField(call.input.fields, 'error') ?? 'unknown';
  const details = stringField(call.input.fields, 'error_details');
  return draft(call, {
    turn: { error: errorHead(details === undefined ? kind : `${kind}: ${details}`) },
  });
}

function errorHead(text: string): string {
  return redactHead(withoutProgress(text, ERROR_LIMIT), ERROR_LIMIT);
}

function draft(call: HookCall, own: Record<string, unknown>): EventDraft {
  return {
    type: 'task.failed',
    priority: PRIORITY.failure,
    correlationId: call.input.promptId ?? call.input.sessionId,
    payload: { ...call.identity(), ...own },
  };
}

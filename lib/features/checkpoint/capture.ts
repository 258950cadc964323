import { readToolFields } from '../../claude/hook-input.ts';
import { OPERATION_TOOLS } from '../../claude/operation-tools.ts';
import { redactHead, describeToolTarget } from '../../claude/tool-target.ts';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { countOperation, operationCount, winInterval } from '../../hook/throttle.ts';

/** Why a checkpoint was made. All but `auto` are never throttled. */
export type CheckpointKind = 'auto' | 'pre-compact' | 'stop' | 'session-end' | 'manual';

const KINDS: Readonly<Record<string, CheckpointKind>> = {
  PreCompact: 'pre-compact',
  Stop: 'stop',
  StopFailure: 'stop',
  SessionEnd: 'session-end',
};

/** Longest note that is kept, such as the head of the last answer. */
const NOTE_LIMIT = 300;

/**
 * PostToolUse: counts the call, and creates a checkpoint once per interval. PreCompact, Stop,
 * StopFailure, SessionEnd: always creates one.
 */
export function captureCheckpoint(call: HookCall): readonly EventDraft[] {
  if (call.input.event === 'PostToolUse') return afterTool(call);
  const kind = KINDS[call.input.event];
  return kind === undefined ? [] : [checkpoint(call, kind, { note: noteOf(call) })];
}

function afterTool(call: HookCall): readonly EventDraft[] {
  const { tool, toolUseId, input } = readToolFields(call.input);
  if (!OPERATION_TOOLS.includes(tool)) return [];
  if (!call.isCounted) countOperation(call.session);
  if (!winInterval(call.session, call.config.checkpointInterval * 1000)) return [];
  const made = {
    tool,
    target: describeToolTarget(tool, input),
    outcome: 'ok',
    tool_use_id: toolUseId,
    duration_ms: numberField(call.input.fields, 'duration_ms'),
  };
  return [checkpoint(call, 'auto', { call: made }), ...heartbeat(call, tool, toolUseId)];
}

/**
 * Returns a heartbeat event for a call of an agent, at most once per interval, like a checkpoint.
 */
function heartbeat(
  call: HookCall,
  tool: string,
  toolUseId: string | undefined,
): readonly EventDraft[] {
  if (call.input.agentId === undefined) return [];
  const payload = { ...call.identity(), kind: 'agent', tool, tool_use_id: toolUseId };
  return [
    {
      type: 'worker.heartbeat',
      priority: PRIORITY.bulk,
      correlationId: call.input.promptId ?? call.input.sessionId,
      payload,
    },
  ];
}

function checkpoint(
  call: HookCall,
  kind: CheckpointKind,
  own: Record<string, unknown>,
): EventDraft {
  const git = call.git();
  const payload = {
    ...call.identity(),
    kind,
    saved_by: `hook/${call.input.event}`,
    operation_count: operationCount(call.session),
    git_head: git?.head,
    git_branch: git?.branch,
    ...own,
  };
  return {
    type: 'checkpoint.created',
    priority: PRIORITY.checkpoint,
    correlationId: call.input.promptId ?? call.input.sessionId,
    payload,
  };
}

function noteOf(call: HookCall): string | undefined {
  const { fields } = call.input;
  const text =
    stringField(fields, 'last_assistant_message') ??
    stringField(fields, 'error') ??
    stringField(fields, 'trigger') ??
    stringField(fields, 'reason');
  return text === undefined ? undefined : redactHead(text, NOTE_LIMIT);
}

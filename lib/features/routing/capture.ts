import { readToolFields } from '../../claude/hook-input.ts';
import { redactHead } from '../../claude/tool-target.ts';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import { type JsonObject, stringField } from '../../core/json.ts';
import type { HookCall } from '../../hook/hook-call.ts';

/** Longest description that is kept. */
const TEXT_LIMIT = 300;

/**
 * Creates events for agents and tasks: agent calls are routing decisions and assign tasks; agents
 * and tasks start, end or fail.
 */
export function captureRouting(call: HookCall): readonly EventDraft[] {
  const { fields } = call.input;
  switch (call.input.event) {
    case 'PreToolUse':
      return decision(call);
    case 'SubagentStart':
      return [draft(call, 'worker.started', { kind: 'agent' })];
    case 'SubagentStop':
      // compaction ends an unnamed agent that never started
      if (call.input.agentType === undefined) return [];
      return [
        draft(call, 'worker.completed', {
          kind: 'agent',
          answer: text(fields, 'last_assistant_message'),
        }),
      ];
    case 'StopFailure':
      if (call.input.agentId === undefined) return []; // a turn of the main conversation
      return [
        draft(call, 'worker.failed', {
          kind: 'agent',
          reason: 'api-error',
          error: text(fields, 'last_assistant_message') ?? text(fields, 'error'),
        }),
      ];
    case 'PostToolUseFailure':
      return notStarted(call);
    case 'TaskCreated':
      return [draft(call, 'task.created', task(fields))];
    case 'TaskCompleted':
      return [draft(call, 'task.completed', task(fields))];
    default:
      return [];
  }
}

function decision(call: HookCall): readonly EventDraft[] {
  const { tool, toolUseId, input } = readToolFields(call.input);
  if (tool !== 'Agent') return [];
  const own = {
    tool_use_id: toolUseId,
    agent_type_chosen: stringField(input, 'subagent_type') ?? 'general-purpose',
    model: stringField(input, 'model'),
    description: text(input, 'description'),
    prompt_length: stringField(input, 'prompt')?.length ?? 0,
  };
  const assigned = {
    tool_use_id: toolUseId,
    assigned_to: own.agent_type_chosen,
    subject: own.description,
  };
  return [draft(call, 'routing.decision_made', own), draft(call, 'task.assigned', assigned)];
}

/**
 * Returns an event for an agent that never started. StopFailure has already reported agents that
 * the API ended.
 */
function notStarted(call: HookCall): readonly EventDraft[] {
  const { tool, toolUseId, input } = readToolFields(call.input);
  const error = text(call.input.fields, 'error');
  if (tool !== 'Agent' || error?.startsWith('Agent terminated early') === true) return [];
  const reason = call.input.fields['is_interrupt'] === true ? 'interrupted' : 'not-started';
  const itself = {
    agent_id: undefined,
    agent_type: stringField(input, 'subagent_type') ?? 'general-purpose',
  }; // not the agent that called it
  return [
    draft(call, 'worker.failed', {
      kind: 'agent',
      ...itself,
      reason,
      error,
      tool_use_id: toolUseId,
    }),
  ];
}

function task(fields: JsonObject): Record<string, unknown> {
  return {
    task_id: stringField(fields, 'task_id'),
    subject: text(fields, 'task_subject'),
    teammate: stringField(fields, 'teammate_name'),
  };
}

function text(fields: JsonObject, name: string): string | undefined {
  const found = stringField(fields, name);
  return found === undefined ? undefined : redactHead(found, TEXT_LIMIT);
}

function draft(call: HookCall, type: string, own: Record<string, unknown>): EventDraft {
  return {
    type,
    priority: PRIORITY.normal,
    correlationId: call.input.promptId ?? call.input.sessionId,
    payload: { ...call.identity(), ...own },
  };
}

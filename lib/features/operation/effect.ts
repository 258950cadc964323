import { canonicalToolName } from '../../claude/operation-tools.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { isJsonObject, numberField, objectField, stringField } from '../../core/json.ts';
import { type EffectTable, storeChanges } from '../../store/effect.ts';
import type { Write } from '../../store/sink.ts';
import { createReportWrites } from './agent-writes.ts';
import { OPERATIONS } from './table.ts';

/**
 * Stores the call that caused a checkpoint or a failure: it creates, or completes, the row of that
 * call.
 */
export const operationEffects: EffectTable = {
  'checkpoint.created': storeChanges(callWrites),
  'task.failed': storeChanges(callWrites),
  'session.prompt_submitted': storeChanges(agentWrites),
  'worker.failed': storeChanges(failedAgentWrites),
};

/**
 * Returns the writes for an agent that could not start. It has no id of its own: the event's id is
 * that of the calling agent, and the call has the facts.
 */
function failedAgentWrites({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const agentId = stringField(payload, 'agent_id');
  const session = stringField(payload, 'session_id');
  if (agentId === undefined || session === undefined || payload['reason'] === 'not-started')
    return [];
  return createReportWrites(session, { agentId, status: 'failed', at: Date.parse(timestamp) });
}

/** Returns the writes for a background agent, which announces its end by a prompt. */
function agentWrites({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const agent = objectField(payload, 'agent');
  const agentId = stringField(agent, 'agent_id');
  const session = stringField(payload, 'session_id');
  if (agentId === undefined || session === undefined) return [];
  return createReportWrites(session, {
    agentId,
    toolUseId: stringField(agent, 'tool_use_id'),
    status: stringField(agent, 'status'),
    tokens: numberField(agent, 'tokens'),
    toolUses: numberField(agent, 'tool_uses'),
    durationMs: numberField(agent, 'duration_ms'),
    at: Date.parse(timestamp),
  });
}

/** Returns the writes for a call: a hook knows who made it and how it ended. */
function callWrites({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const call = payload['call'];
  const session = stringField(payload, 'session_id');
  if (!isJsonObject(call) || session === undefined) return [];
  const toolUseId = stringField(call, 'tool_use_id');
  const outcome = stringField(call, 'outcome');
  if (toolUseId === undefined || (outcome !== 'ok' && outcome !== 'failed')) return [];
  const tool = stringField(call, 'tool');
  const row = {
    tool_use_id: toolUseId,
    hook_at: Date.parse(timestamp),
    hook_session: session,
    hook_agent: stringField(payload, 'agent_id') ?? null,
    hook_tool: tool === undefined ? null : canonicalToolName(tool),
    hook_target: stringField(call, 'target') ?? null,
    hook_outcome: outcome,
    hook_error: stringField(call, 'error') ?? null,
  };
  return [{ into: OPERATIONS, row }];
}

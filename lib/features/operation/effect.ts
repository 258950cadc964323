import { canonicalTool } from '../../claude/operation-tools.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { isJsonObject, numberField, objectField, stringField } from '../../core/json.ts';
import { type EffectTable, storing } from '../../store/effect.ts';
import type { Write } from '../../store/sink.ts';
import { reportWrites } from './agent-writes.ts';
import { OPERATIONS } from './table.ts';

/** Checkpoints and failures carry the call that made them, if there is one: it becomes, or completes, the row of that call. */
export const operationEffects: EffectTable = {
  'checkpoint.created': storing(callWrites),
  'task.failed': storing(callWrites),
  'session.prompt_submitted': storing(agentWrites),
  'worker.failed': storing(failedAgentWrites),
};

/** An agent that could not begin has no id of its own: the id is that of the agent that called it, and the call tells of it. */
function failedAgentWrites({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const agentId = stringField(payload, 'agent_id');
  const session = stringField(payload, 'session_id');
  if (agentId === undefined || session === undefined || payload['reason'] === 'not-started')
    return [];
  return reportWrites(session, { agentId, status: 'failed', at: Date.parse(timestamp) });
}

/** An agent that worked in the background announces its end by a prompt. */
function agentWrites({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const agent = objectField(payload, 'agent');
  const agentId = stringField(agent, 'agent_id');
  const session = stringField(payload, 'session_id');
  if (agentId === undefined || session === undefined) return [];
  return reportWrites(session, {
    agentId,
    toolUseId: stringField(agent, 'tool_use_id'),
    status: stringField(agent, 'status'),
    tokens: numberField(agent, 'tokens'),
    toolUses: numberField(agent, 'tool_uses'),
    durationMs: numberField(agent, 'duration_ms'),
    at: Date.parse(timestamp),
  });
}

/** A hook knows whose call it was and how it ended. */
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
    hook_tool: tool === undefined ? null : canonicalTool(tool),
    hook_target: stringField(call, 'target') ?? null,
    hook_outcome: outcome,
    hook_error: stringField(call, 'error') ?? null,
  };
  return [{ into: OPERATIONS, row }];
}

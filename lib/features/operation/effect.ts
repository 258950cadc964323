import { canonicalTool } from '../../claude/operation-tools.ts';
import type { EventEnvelope } from '../../core/envelope.ts';
import { isJsonObject, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import type { EffectTable } from '../../store/effect.ts';
import { withHookCall } from './merge.ts';
import { mergeOperation } from './operation-row.ts';

/** Checkpoints and failures carry the call that made them, when there is one: it becomes, or completes, the row of that call. */
export const operationEffects: EffectTable = {
  'checkpoint.created': recordCall,
  'task.failed': recordCall,
};

function recordCall(database: Database, event: EventEnvelope): void {
  const call = event.payload['call'];
  const sessionId = stringField(event.payload, 'session_id');
  if (!isJsonObject(call) || sessionId === undefined) return;
  const toolUseId = stringField(call, 'tool_use_id');
  const outcome = stringField(call, 'outcome');
  if (toolUseId === undefined || (outcome !== 'ok' && outcome !== 'failed')) return;
  const tool = stringField(call, 'tool');
  const seen = {
    sessionId,
    agentId: stringField(event.payload, 'agent_id') ?? null,
    tool: tool === undefined ? null : canonicalTool(tool),
    target: stringField(call, 'target') ?? null,
    outcome,
    error: stringField(call, 'error') ?? null,
    at: Date.parse(event.timestamp),
  } as const;
  mergeOperation(database, toolUseId, (known) => withHookCall(toolUseId, known, seen));
}

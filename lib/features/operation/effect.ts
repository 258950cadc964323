import { canonicalTool } from '../../claude/operation-tools.ts';
import type { EventEnvelope } from '../../core/envelope.ts';
import { groupBy } from '../../core/group-by.ts';
import { isJsonObject, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import type { EffectTable } from '../../store/effect.ts';
import { type HookCall, withHookCall } from './merge.ts';
import { insertOperations, mergeOperation } from './operation-row.ts';

/** Checkpoints and failures carry the call that made them, when there is one: it becomes, or completes, the row of that call. */
export const operationEffects: EffectTable = {
  'checkpoint.created': recordCalls,
  'task.failed': recordCalls,
};

/** Most calls are new here and go in together; those that the store knows are merged one by one. */
function recordCalls(database: Database, events: readonly EventEnvelope[]): void {
  const calls = events.flatMap((event) => callOf(event) ?? []);
  const first = [...groupBy(calls, (call) => call.toolUseId).values()].flatMap(([call]) => call ?? []);
  const inserted = insertOperations(
    database,
    first.map(({ toolUseId, seen }) => withHookCall(toolUseId, undefined, seen)),
  );
  const done = new Set(first.filter((call) => inserted.has(call.toolUseId)));
  for (const call of calls) {
    if (done.has(call)) continue;
    mergeOperation(database, call.toolUseId, (known) => withHookCall(call.toolUseId, known, call.seen));
  }
}

interface SeenCall {
  readonly toolUseId: string;
  readonly seen: HookCall;
}

function callOf(event: EventEnvelope): SeenCall | undefined {
  const call = event.payload['call'];
  const sessionId = stringField(event.payload, 'session_id');
  if (!isJsonObject(call) || sessionId === undefined) return undefined;
  const toolUseId = stringField(call, 'tool_use_id');
  const outcome = stringField(call, 'outcome');
  if (toolUseId === undefined || (outcome !== 'ok' && outcome !== 'failed')) return undefined;
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
  return { toolUseId, seen };
}

import { canonicalTool } from '../../claude/operation-tools.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { groupBy } from '../../core/group-by.ts';
import { isJsonObject, numberField, objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { each, type EffectTable } from '../../store/effect.ts';
import { keepReport } from './keep-agent.ts';
import { type HookCall, withHookCall } from './merge.ts';
import { insertOperations, mergeOperation } from './operation-row.ts';

/** Checkpoints and failures carry the call that made them, when there is one: it becomes, or completes, the row of that call. */
export const operationEffects: EffectTable = {
  'checkpoint.created': recordCalls,
  'task.failed': recordCalls,
  'session.prompt_submitted': each(recordAgent),
  'worker.failed': each(recordFailedAgent),
};

/** One that could not begin has no id of its own: the id that stands there is that of the agent that called it, and the call tells of it. */
function recordFailedAgent(database: Database, { payload, timestamp }: EventEnvelope): void {
  const agentId = stringField(payload, 'agent_id');
  const session = stringField(payload, 'session_id');
  if (agentId === undefined || session === undefined || payload['reason'] === 'not-started') return;
  keepReport(database, session, { agentId, status: 'failed', at: Date.parse(timestamp) });
}

/** An agent that worked in the background announces its end by a prompt. */
function recordAgent(database: Database, { payload, timestamp }: EventEnvelope): void {
  const agent = objectField(payload, 'agent');
  const agentId = stringField(agent, 'agent_id');
  const session = stringField(payload, 'session_id');
  if (agentId === undefined || session === undefined) return;
  const [toolUseId, status] = [stringField(agent, 'tool_use_id'), stringField(agent, 'status')];
  const [tokens, toolUses, durationMs] = [
    numberField(agent, 'tokens'),
    numberField(agent, 'tool_uses'),
    numberField(agent, 'duration_ms'),
  ];
  keepReport(database, session, {
    agentId,
    toolUseId,
    status,
    tokens,
    toolUses,
    durationMs,
    at: Date.parse(timestamp),
  });
}

/** Most calls are new here and go in together; those that the store knows are merged one by one. */
function recordCalls(database: Database, events: readonly EventEnvelope[]): void {
  const calls = events.flatMap((event) => callOf(event) ?? []);
  const first = [...groupBy(calls, (call) => call.toolUseId).values()].flatMap(
    ([call]) => call ?? [],
  );
  const inserted = insertOperations(
    database,
    first.map(({ toolUseId, seen }) => withHookCall(toolUseId, undefined, seen)),
  );
  const done = new Set(first.filter((call) => inserted.has(call.toolUseId)));
  for (const call of calls) {
    if (done.has(call)) continue;
    mergeOperation(database, call.toolUseId, (known) =>
      withHookCall(call.toolUseId, known, call.seen),
    );
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

import type { EventEnvelope } from '../../events/envelope.ts';
import { type JsonObject, objectField, stringField } from '../../core/json.ts';
import { type EffectTable, type RefreshRequest, storeChanges } from '../../store/effect.ts';
import type { Write } from '../../store/sink.ts';
import { createPatternWrites } from './change-pattern.ts';
import { FAILURES } from './table-runs.ts';

/**
 * Writes a row per failure (a tool call, a command in a log, a turn that the API ended), and the
 * user's decisions. Knowledge from failures is derived later.
 */
export const failureEffects: EffectTable = {
  'task.failed': storeChanges(failed),
  'checkpoint.created': storeChanges(succeeded),
  'learning.pattern_changed': storeChanges(createPatternWrites),
};

const MAY_USE_NETWORK = /^(?:Bash|WebFetch|WebSearch|mcp__.+)$/;

function failed(event: EventEnvelope): ReadonlyArray<Write | RefreshRequest> {
  const { payload, event_id: id } = event;
  const call = objectField(payload, 'call');
  const turn = objectField(payload, 'turn');
  const tool = stringField(call, 'tool');
  const row = {
    id,
    session_id: textIn(payload, 'session_id'),
    agent_id: textIn(payload, 'agent_id'),
    tool_use_id: textIn(call, 'tool_use_id'),
    tool: tool ?? 'turn',
    target: textIn(call, 'target'),
    error: stringField(call, 'error') ?? stringField(turn, 'error') ?? 'no reason given',
    at: Date.parse(event.timestamp),
  };
  const failure = { into: FAILURES, row };
  if (payload['is_interrupt'] === true || tool === undefined) return [failure];
  return [
    failure,
    ...(MAY_USE_NETWORK.test(tool) ? [{ refresh: 'network', key: id }] : []),
    { refresh: 'failed-call', key: id },
  ];
}

/** A successful call may be the fix of a failed one. */
function succeeded({ payload }: EventEnvelope): readonly RefreshRequest[] {
  const session = stringField(payload, 'session_id');
  const isCall = stringField(objectField(payload, 'call'), 'tool_use_id') !== undefined;
  return session !== undefined && isCall ? [{ refresh: 'lessons', key: session }] : [];
}

function textIn(fields: JsonObject, name: string): string | null {
  return stringField(fields, name) ?? null;
}

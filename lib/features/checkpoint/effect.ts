import type { EventEnvelope } from '../../events/envelope.ts';
import { type JsonObject, numberField, objectField, stringField } from '../../core/json.ts';
import { type EffectTable, storeChanges } from '../../store/effect.ts';
import { SESSIONS } from '../../store/sessions-table.ts';
import type { Write } from '../../store/sink.ts';
import { CHECKPOINTS } from './table.ts';

/** Writes a row per checkpoint, and the data of the latest one to its session. */
export const checkpointEffects: EffectTable = { 'checkpoint.created': storeChanges(recorded) };

/** A checkpoint without a session has no effect. */
function recorded(event: EventEnvelope): readonly Write[] {
  const { event_id: id, payload } = event;
  const session = stringField(payload, 'session_id');
  if (session === undefined) return [];
  const call = objectField(payload, 'call');
  const at = Date.parse(event.timestamp);
  const kind = text(payload, 'kind') ?? 'manual';
  const savedBy = text(payload, 'saved_by') ?? event.source;
  const count = numberField(payload, 'operation_count') ?? 0;
  const row = {
    id,
    session_id: session,
    agent_id: text(payload, 'agent_id'),
    kind,
    at,
    saved_by: savedBy,
    operation_count: count,
    tool: text(call, 'tool'),
    target: text(call, 'target'),
    outcome: text(call, 'outcome'),
    tool_use_id: text(call, 'tool_use_id'),
    git_head: text(payload, 'git_head'),
    git_branch: text(payload, 'git_branch'),
    note: text(payload, 'note'),
  };
  const summary = {
    id: session,
    operation_count: count,
    last_auto_at: kind === 'auto' ? at : null, // NULL tells nothing here
    checkpoint_at: at,
    checkpoint_id: id,
    checkpoint_by: savedBy,
    checkpoint_kind: kind,
  };
  return [
    { into: CHECKPOINTS, row },
    { into: SESSIONS, row: summary },
  ];
}

function text(source: JsonObject, field: string): string | null {
  return stringField(source, field) ?? null;
}

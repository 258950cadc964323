import { type EventDraft, PRIORITY } from '../../../lib/events/envelope.ts';
import { type JsonObject, objectField } from '../../../lib/core/json.ts';

const SESSIONS = 4;

/** The `n`th event of a run: a checkpoint of one of four sessions, made by a call of its own. */
export function sampleDraft(payload: JsonObject, n: number): EventDraft {
  const call = {
    ...objectField(payload, 'call'),
    tool_use_id: `toolu_${String(n).padStart(22, '0')}`,
  };
  const session = `session-${n % SESSIONS}`;
  return {
    type: 'checkpoint.created',
    priority: PRIORITY.checkpoint,
    correlationId: session,
    payload: { ...payload, session_id: session, operation_count: n, call },
  };
}

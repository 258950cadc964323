import type { EventEnvelope } from '../../events/envelope.ts';
import { isJsonObject, type JsonObject, numberField, stringField } from '../../core/json.ts';
import {
  type EffectTable,
  type RefreshRequest,
  storeChanges,
  type EventChanges,
} from '../../store/effect.ts';
import { HOOK_MESSAGES, type HookMessageKind } from './table.ts';

/** Writes a row for each message to Claude. Later actions of the session may decide its outcome. */
export const hookMessageEffects: EffectTable = {
  'session.failure_warned': storeChanges(
    storeMessage('failure', (payload) => stringField(payload, 'pattern')),
  ),
  'session.context_warned': storeChanges(
    storeMessage('context', (payload) => numberField(payload, 'threshold')?.toString()),
  ),
  'session.resume_told': storeChanges(
    storeMessage('resume', (payload) => stringField(payload, 'text_id')),
  ),
  'session.restore_told': storeChanges(
    storeMessage('restore', (payload) => stringField(payload, 'restore')),
  ),
  'checkpoint.created': storeChanges(afterCall),
  'task.failed': storeChanges(afterCall),
  'session.ended': storeChanges(ofSession),
};

/** Fields of the payload that are needed to decide the outcome. */
const DETAILS = [
  ...['verdict', 'tool', 'target', 'fix'],
  ...['epoch', 'percent'],
  ...['occasion', 'of_session', 'checkpoint'],
];

function storeMessage(
  kind: HookMessageKind,
  subject: (payload: JsonObject) => string | undefined,
): EventChanges {
  return (event) => {
    const { payload } = event;
    const session = stringField(payload, 'session_id');
    const about = subject(payload);
    if (session === undefined || about === undefined) return [];
    const detail = Object.fromEntries(
      DETAILS.flatMap((name) => (payload[name] === undefined ? [] : [[name, payload[name]]])),
    );
    const row = {
      ...{ id: event.event_id, session_id: session, kind, about },
      agent_id: stringField(payload, 'agent_id') ?? null,
      tool_use_id: stringField(payload, 'tool_use_id') ?? null,
      detail: JSON.stringify(detail),
      at: Date.parse(event.timestamp),
    };
    return [{ into: HOOK_MESSAGES, row }, ...ofSession(event)];
  };
}

function afterCall(event: EventEnvelope): readonly RefreshRequest[] {
  return isJsonObject(event.payload['call']) ? ofSession(event) : [];
}

function ofSession({ payload }: EventEnvelope): readonly RefreshRequest[] {
  const session = stringField(payload, 'session_id');
  return session === undefined ? [] : [{ refresh: 'told', key: session }];
}

import type { EventEnvelope } from '../../events/envelope.ts';
import { isJsonObject, type JsonObject, numberField, stringField } from '../../core/json.ts';
import {
  type EffectTable,
  type RefreshRequest,
  storing,
  type Telling,
} from '../../store/effect.ts';
import { TOLD, type ToldKind } from './table.ts';

/** A row for each thing that Claude was told; what a session does afterwards may show what became of it. */
export const toldEffects: EffectTable = {
  'session.failure_warned': storing(told('failure', (payload) => stringField(payload, 'pattern'))),
  'session.context_warned': storing(
    told('context', (payload) => numberField(payload, 'threshold')?.toString()),
  ),
  'session.resume_told': storing(told('resume', (payload) => stringField(payload, 'text_id'))),
  'checkpoint.created': storing(afterCall),
  'task.failed': storing(afterCall),
  'session.ended': storing(ofSession),
};

/** Kept of the payload: what the outcome is judged by. */
const DETAILS = [
  ...['verdict', 'tool', 'target', 'fix'],
  ...['epoch', 'percent'],
  ...['occasion', 'of_session'],
];

function told(kind: ToldKind, subject: (payload: JsonObject) => string | undefined): Telling {
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
    return [{ into: TOLD, row }, ...ofSession(event)];
  };
}

function afterCall(event: EventEnvelope): readonly RefreshRequest[] {
  return isJsonObject(event.payload['call']) ? ofSession(event) : [];
}

function ofSession({ payload }: EventEnvelope): readonly RefreshRequest[] {
  const session = stringField(payload, 'session_id');
  return session === undefined ? [] : [{ refresh: 'told', key: session }];
}

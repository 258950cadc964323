import type { EventEnvelope } from '../../events/envelope.ts';
import { numberField, objectField, stringField } from '../../core/json.ts';
import { type EffectTable, type RefreshRequest, storeChanges } from '../../store/effect.ts';
import { IMMEDIATE_SUFFIX } from '../../store/refreshes.ts';
import { SESSIONS } from '../../store/sessions-table.ts';
import type { Write } from '../../store/sink.ts';

/** Requests the resume view for events that change it. A start also stores the client process. */
export const resumeEffects: EffectTable = {
  'session.started': storeChanges((event) => [...clientOf(event), ...requestResumeView(event)]),
  ...Object.fromEntries(
    [
      'session.prompt_submitted',
      'session.ended',
      'checkpoint.created',
      'task.failed',
      'task.created',
      'task.completed',
    ].map((type) => [type, storeChanges(requestResumeView)]),
  ),
};

function clientOf({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const id = stringField(payload, 'session_id');
  const client = objectField(payload, 'client');
  const pid = numberField(client, 'pid');
  if (id === undefined || pid === undefined) return [];
  const row = {
    id,
    client_at: Date.parse(timestamp),
    client_pid: pid,
    client_started: stringField(client, 'started') ?? null,
  };
  return [{ into: SESSIONS, row }];
}

/**
 * Whether a hook may read the view soon: the session started, ended, paused, or will be compacted
 * next. Other refreshes can wait.
 */
function cannotWait({ event_type: type, payload }: EventEnvelope): boolean {
  return (
    type === 'session.started' ||
    type === 'session.ended' ||
    (type === 'checkpoint.created' && payload['kind'] !== 'auto')
  );
}

function requestResumeView(event: EventEnvelope): readonly RefreshRequest[] {
  const session = stringField(event.payload, 'session_id');
  if (session === undefined) return [];
  const request = { refresh: 'resume', key: session };
  return cannotWait(event)
    ? [request, { ...request, refresh: `resume${IMMEDIATE_SUFFIX}` }]
    : [request];
}

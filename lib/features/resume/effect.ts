import type { EventEnvelope } from '../../events/envelope.ts';
import { numberField, objectField, stringField } from '../../core/json.ts';
import { type EffectTable, type RefreshRequest, storing } from '../../store/effect.ts';
import { AT_ONCE } from '../../store/refreshes.ts';
import { SESSIONS } from '../../store/sessions-table.ts';
import type { Write } from '../../store/sink.ts';

/** Which events change where a session was: they ask for its view to be made again. A start also names its client process. */
export const resumeEffects: EffectTable = {
  'session.started': storing((event) => [...clientOf(event), ...asked(event)]),
  ...Object.fromEntries(
    [
      'session.prompt_submitted',
      'session.ended',
      'checkpoint.created',
      'task.failed',
      'task.created',
      'task.completed',
    ].map((type) => [type, storing(asked)]),
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

/** After these a hook may soon read the view: the session started, ended, paused, or is compacted next. Everything else may wait for its pace. */
function cannotWait({ event_type: type, payload }: EventEnvelope): boolean {
  return (
    type === 'session.started' ||
    type === 'session.ended' ||
    (type === 'checkpoint.created' && payload['kind'] !== 'auto')
  );
}

function asked(event: EventEnvelope): readonly RefreshRequest[] {
  const session = stringField(event.payload, 'session_id');
  if (session === undefined) return [];
  const request = { refresh: 'resume', key: session };
  return cannotWait(event) ? [request, { ...request, refresh: `resume${AT_ONCE}` }] : [request];
}

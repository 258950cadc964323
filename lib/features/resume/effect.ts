import type { EventEnvelope } from '../../events/envelope.ts';
import { numberField, objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import type { Effect, EffectTable } from '../../store/effect.ts';
import { AT_ONCE, requestRefresh } from '../../store/refreshes.ts';

/** Which events change where a session was: they ask for its view to be made again. A start also names its client process. */
export const resumeEffects: EffectTable = {
  'session.started': (database, events) => {
    for (const event of events) keepClient(database, event);
    ask(database, events);
  },
  ...Object.fromEntries(
    [
      'session.prompt_submitted',
      'session.ended',
      'checkpoint.created',
      'task.failed',
      'task.created',
      'task.completed',
    ].map((type) => [type, ask satisfies Effect]),
  ),
};

/** The latest process of the session; of two at one time the greater. */
const KEEP = `UPDATE sessions SET client_pid = ?2, client_started = ?3, client_at = ?4
  WHERE id = ?1 AND (client_at IS NULL OR (client_at, client_pid, coalesce(client_started, '')) < (?4, ?2, coalesce(?3, '')))`;

function keepClient(database: Database, event: EventEnvelope): void {
  const session = stringField(event.payload, 'session_id');
  const client = objectField(event.payload, 'client');
  const pid = numberField(client, 'pid');
  if (session === undefined || pid === undefined) return;
  database
    .prepare(KEEP)
    .run(session, pid, stringField(client, 'started') ?? null, Date.parse(event.timestamp));
}

/** After these a hook may soon read the view: the session started, ended, paused, or is compacted next. Everything else may wait for its pace. */
function cannotWait({ event_type: type, payload }: EventEnvelope): boolean {
  return (
    type === 'session.started' ||
    type === 'session.ended' ||
    (type === 'checkpoint.created' && payload['kind'] !== 'auto')
  );
}

function ask(database: Database, events: readonly EventEnvelope[]): void {
  const sessionsOf = (some: readonly EventEnvelope[]): ReadonlySet<string> =>
    new Set(some.flatMap(({ payload }) => stringField(payload, 'session_id') ?? []));
  requestRefresh(database, 'resume', sessionsOf(events));
  requestRefresh(database, `resume${AT_ONCE}`, sessionsOf(events.filter(cannotWait)));
}

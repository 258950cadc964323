import type { EventEnvelope } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { type StoredEvent, storedEvent } from '../../store/stored-event.ts';
import {
  type ProcessChange,
  type ProcessOf,
  createProcessEvent,
  WORKER_END,
} from './process-event.ts';

/** What each type tells, and how the process ended. */
const NEWS: Readonly<
  Record<string, { readonly what: ProcessChange['what']; readonly reason?: string }>
> = {
  'daemon.started': { what: 'started' },
  'daemon.stopped': { what: 'exited', reason: 'stopped' },
  'worker.started': { what: 'started' },
  'worker.completed': { what: 'exited', reason: 'completed' },
  'worker.failed': { what: 'exited', reason: 'failed' },
};

/**
 * The 'process' refresher. Its key is the id of an event about a process. Running it twice changes
 * nothing.
 */
export function createProcessRefresher({
  storeAs,
}: {
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
}): (database: Database, id: string) => void {
  return (database, id) => {
    const event = storedEvent(database, id);
    const news = event === undefined ? undefined : newsOf(event);
    if (news !== undefined) storeAs([createProcessEvent(news)]);
  };
}

function newsOf(event: StoredEvent): ProcessChange | undefined {
  const { event_id, event_type, timestamp, payload, correlation_id } = event;
  const known = Object.hasOwn(NEWS, event_type) ? NEWS[event_type] : undefined;
  const of = event_type.startsWith('daemon.') ? workerOf(event) : agentOf(event);
  if (known === undefined || of === undefined) return undefined;
  const reason = stringField(payload, 'reason') ?? known.reason;
  const isEnd = of.kind === 'worker' && known.what === 'exited';
  return {
    what: known.what,
    of,
    at: Date.parse(timestamp),
    ...(known.what === 'exited' && reason !== undefined ? { reason } : {}),
    cause: isEnd ? WORKER_END : event_id,
    event: event_id,
    correlationId: correlation_id,
  };
}

function workerOf({ payload }: StoredEvent): ProcessOf | undefined {
  const id = stringField(payload, 'worker');
  return id === undefined ? undefined : { kind: 'worker', id, pid: numberField(payload, 'pid') };
}

/**
 * An agent that failed to start never existed. The id in such an event is that of the agent that
 * tried to start it.
 */
function agentOf({ payload }: StoredEvent): ProcessOf | undefined {
  const id = stringField(payload, 'agent_id');
  const session = stringField(payload, 'session_id');
  if (id === undefined || session === undefined || payload['reason'] === 'not-started')
    return undefined;
  return { kind: 'agent', id, session, type: stringField(payload, 'agent_type') };
}

import { PRIORITY, type EventEnvelope } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Subscription } from '../subscription.ts';
import { type Answer, builtin, type BuiltinParts } from './builtin.ts';

/** A worker process or an agent that has been silent for too long. */
export interface Unresponsive {
  readonly kind: 'worker' | 'agent';
  readonly id: string;
  readonly sessionId?: string;
  readonly silentMs: number;
}

export interface HeartbeatParts extends BuiltinParts {
  /** Finds them by heartbeat files and by what agents did. */
  readonly findUnresponsive: () => readonly Unresponsive[];
}

const MINUTE_MS = 60_000;

/** Raises one alert per unresponsive worker or agent, even if several workers notice it. */
export function heartbeatHandler({ findUnresponsive, ...parts }: HeartbeatParts): Subscription {
  return builtin(parts, {
    name: 'heartbeat',
    types: ['process.stale', 'system.observability_check'],
    handle(event) {
      const found = event.event_type === 'process.stale' ? toldBy(event) : findUnresponsive();
      return { answers: found.map(alertOf), output: `${found.length} silent` };
    },
  });
}

function toldBy({ payload }: EventEnvelope): readonly Unresponsive[] {
  const kind = stringField(payload, 'kind') === 'agent' ? 'agent' : 'worker';
  const id = stringField(payload, kind === 'agent' ? 'agent_id' : 'worker_id');
  const sessionId = stringField(payload, 'session_id');
  if (id === undefined) return [];
  return [
    {
      kind,
      id,
      silentMs: numberField(payload, 'silent_ms') ?? 0,
      ...(sessionId === undefined ? {} : { sessionId }),
    },
  ];
}

function alertOf({ kind, id, sessionId, silentMs }: Unresponsive): Answer {
  const message = `${kind === 'worker' ? 'Worker' : 'Agent'} ${id} has been silent for ${Math.round(silentMs / MINUTE_MS)} minutes`;
  return {
    key: `${kind} ${id}`,
    type: 'system.health_alert',
    priority: PRIORITY.urgent,
    payload: {
      reason: `${kind}-silent`,
      message,
      ...(sessionId === undefined ? {} : { session_id: sessionId }),
      [`${kind}_id`]: id,
      silent_ms: silentMs,
    },
  };
}

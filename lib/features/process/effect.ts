import type { EventEnvelope } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import { AGENTS_TABLE } from '../../store/agents-table.ts';
import { type EffectTable, type RefreshRequest, storeChanges } from '../../store/effect.ts';
import type { Write } from '../../store/sink.ts';

/**
 * Requests process events for workers and agents that start or end; see `createProcessRefresher`.
 */
export const processEffects: EffectTable = {
  'daemon.started': storeChanges(requestProcessEvents),
  'daemon.stopped': storeChanges(requestProcessEvents),
  'worker.started': storeChanges(requestProcessEvents),
  'worker.completed': storeChanges(requestProcessEvents),
  'worker.failed': storeChanges(requestProcessEvents),
  'process.stale': storeChanges(givenUp),
};

function requestProcessEvents({ event_id: key }: EventEnvelope): readonly RefreshRequest[] {
  return [{ refresh: 'process', key }];
}

/** Marks an agent as stale by the event itself, so that both are stored or neither. */
function givenUp({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const session = stringField(payload, 'session_id');
  const agent = stringField(payload, 'agent_id');
  if (payload['kind'] !== 'agent' || session === undefined || agent === undefined) return [];
  const row = { session_id: session, agent_id: agent, stale_at: Date.parse(timestamp) };
  return [{ into: AGENTS_TABLE, row }];
}

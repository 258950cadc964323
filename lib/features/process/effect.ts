import type { EventEnvelope } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import { AGENTS_TABLE } from '../../store/agents-table.ts';
import { type EffectTable, type RefreshRequest, storing } from '../../store/effect.ts';
import type { Write } from '../../store/sink.ts';

/** Workers and agents that begin and end are told as processes; see `tellProcess`. */
export const processEffects: EffectTable = {
  'daemon.started': storing(asked),
  'daemon.stopped': storing(asked),
  'worker.started': storing(asked),
  'worker.completed': storing(asked),
  'worker.failed': storing(asked),
  'process.stale': storing(givenUp),
};

function asked({ event_id: key }: EventEnvelope): readonly RefreshRequest[] {
  return [{ refresh: 'process', key }];
}

/** The event is what remembers that an agent was given up: both are stored or neither. */
function givenUp({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const session = stringField(payload, 'session_id');
  const agent = stringField(payload, 'agent_id');
  if (payload['kind'] !== 'agent' || session === undefined || agent === undefined) return [];
  const row = { session_id: session, agent_id: agent, stale_at: Date.parse(timestamp) };
  return [{ into: AGENTS_TABLE, row }];
}

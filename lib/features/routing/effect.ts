import type { EventEnvelope } from '../../events/envelope.ts';
import { objectField, stringField } from '../../core/json.ts';
import {
  type EffectTable,
  type RefreshRequest,
  storeChanges,
  type EventChanges,
} from '../../store/effect.ts';
import { AGENTS_TABLE } from '../../store/agents-table.ts';
import type { Write } from '../../store/sink.ts';
import { ROUTING_ADVICE, ROUTINGS, TASKS } from './table.ts';

/**
 * Stores which agent a task was given to, and when agents and tasks started and ended. Success
 * rates are derived from that.
 */
export const routingEffects: EffectTable = {
  'routing.decision_made': storeChanges(withLessons(decisionOf)),
  'worker.started': storeChanges(withLessons(agentAt('started_at'))),
  'worker.completed': storeChanges(withLessons(agentAt('stopped_at'))),
  'worker.failed': storeChanges(withLessons(agentAt('stopped_at'))),
  'task.created': storeChanges(taskAt('created_at')),
  'task.completed': storeChanges(taskAt('completed_at')),
  'session.prompt_submitted': storeChanges((event) =>
    event.payload['agent'] === undefined ? [] : lessons(event),
  ),
  'task.failed': storeChanges((event) =>
    stringField(objectField(event.payload, 'call'), 'tool') === 'Agent' ? lessons(event) : [],
  ),
  'learning.model_updated': storeChanges(adviceOf),
  'learning.cycle_requested': storeChanges(() => [{ refresh: 'routing', key: '' }]),
};

type WritesOf = (event: EventEnvelope) => readonly Write[];

function withLessons(tell: WritesOf): EventChanges {
  return (event) => [...tell(event), ...lessons(event)];
}

function lessons(event: EventEnvelope): readonly RefreshRequest[] {
  const session = field(event, 'session_id');
  return session === null ? [] : [{ refresh: 'routing', key: session }];
}

function adviceOf(event: EventEnvelope): readonly Write[] {
  const kind = field(event, 'kind');
  if (event.payload['model'] !== 'routing' || kind === null) return [];
  const [agent_type, model] = [field(event, 'agent_type'), field(event, 'agent_model')];
  return [{ into: ROUTING_ADVICE, row: { kind, agent_type, model, at: timeOf(event) } }];
}

function decisionOf(event: EventEnvelope): readonly Write[] {
  const session = field(event, 'session_id');
  if (session === null) return [];
  const row = {
    id: event.event_id,
    session_id: session,
    tool_use_id: field(event, 'tool_use_id'),
    agent_type: field(event, 'agent_type_chosen'),
    model: field(event, 'model'),
    description: field(event, 'description'),
    at: timeOf(event),
  };
  return [{ into: ROUTINGS, row }];
}

function agentAt(time: 'started_at' | 'stopped_at'): WritesOf {
  return (event) => {
    const [session, id] = [field(event, 'session_id'), field(event, 'agent_id')];
    if (session === null || id === null) return [];
    const type = field(event, 'agent_type');
    const row = { session_id: session, agent_id: id, type, [time]: timeOf(event) };
    return [{ into: AGENTS_TABLE, row }];
  };
}

function taskAt(time: 'created_at' | 'completed_at'): WritesOf {
  return (event) => {
    const [session, id] = [field(event, 'session_id'), field(event, 'task_id')];
    if (session === null || id === null) return [];
    const subject = field(event, 'subject');
    return [
      { into: TASKS, row: { session_id: session, task_id: id, subject, [time]: timeOf(event) } },
    ];
  };
}

function field(event: EventEnvelope, name: string): string | null {
  return stringField(event.payload, name) ?? null;
}

function timeOf(event: EventEnvelope): number {
  return Date.parse(event.timestamp);
}

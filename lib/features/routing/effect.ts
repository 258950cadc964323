import type { EventEnvelope } from '../../events/envelope.ts';
import { objectField, stringField } from '../../core/json.ts';
import {
  type EffectTable,
  type RefreshRequest,
  storing,
  type Telling,
} from '../../store/effect.ts';
import { AGENTS_TABLE } from '../../store/agents-table.ts';
import type { Write } from '../../store/sink.ts';
import { ROUTING_ADVICE, ROUTINGS, TASKS } from './table.ts';

/** Which agent a task went to, and when agents and tasks began and ended; from that it is learned which agent does what well. */
export const routingEffects: EffectTable = {
  'routing.decision_made': storing(withLessons(decisionOf)),
  'worker.started': storing(withLessons(agentAt('started_at'))),
  'worker.completed': storing(withLessons(agentAt('stopped_at'))),
  'worker.failed': storing(withLessons(agentAt('stopped_at'))),
  'task.created': storing(taskAt('created_at')),
  'task.completed': storing(taskAt('completed_at')),
  'session.prompt_submitted': storing((event) =>
    event.payload['agent'] === undefined ? [] : lessons(event),
  ),
  'task.failed': storing((event) =>
    stringField(objectField(event.payload, 'call'), 'tool') === 'Agent' ? lessons(event) : [],
  ),
  'learning.model_updated': storing(adviceOf),
  'learning.cycle_requested': storing(() => [{ refresh: 'routing', key: '' }]),
};

type WritesOf = (event: EventEnvelope) => readonly Write[];

function withLessons(tell: WritesOf): Telling {
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

import type { EventEnvelope } from '../../events/envelope.ts';
import { objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { each, type Effect, type EffectTable } from '../../store/effect.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { AGENTS_TABLE } from '../../store/agents-table.ts';
import { applyWrites, type Write } from '../../store/sink.ts';
import { ROUTING_ADVICE, ROUTINGS, TASKS } from './table.ts';

/** Which agent a task went to, and when agents and tasks began and ended; from that it is learned which agent does what well. */
export const routingEffects: EffectTable = {
  'routing.decision_made': withLessons(decisionOf),
  'worker.started': withLessons(agentAt('started_at')),
  'worker.completed': withLessons(agentAt('stopped_at')),
  'worker.failed': withLessons(agentAt('stopped_at')),
  'task.created': keep(taskAt('created_at')),
  'task.completed': keep(taskAt('completed_at')),
  'session.prompt_submitted': each((database, event) => {
    if (event.payload['agent'] !== undefined) learnAgain(database, event);
  }),
  'task.failed': each((database, event) => {
    if (stringField(objectField(event.payload, 'call'), 'tool') === 'Agent')
      learnAgain(database, event);
  }),
  'learning.model_updated': keep(adviceOf),
  'learning.cycle_requested': (database) => requestRefresh(database, 'routing', ['']),
};

type WritesOf = (event: EventEnvelope) => readonly Write[];

function keep(writesOf: WritesOf): Effect {
  return (database, events) => applyWrites(database, events.flatMap(writesOf));
}

function withLessons(writesOf: WritesOf): Effect {
  return each((database, event) => {
    applyWrites(database, writesOf(event));
    learnAgain(database, event);
  });
}

function learnAgain(database: Database, event: EventEnvelope): void {
  const session = field(event, 'session_id');
  if (session !== null) requestRefresh(database, 'routing', [session]);
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

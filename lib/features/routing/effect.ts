import type { EventEnvelope } from '../../events/envelope.ts';
import { objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { each, type Effect, type EffectTable } from '../../store/effect.ts';
import { requestRefresh } from '../../store/refreshes.ts';

/** Which agent a task went to, and when agents and tasks began and ended; from that it is learned which agent does what well. */
export const routingEffects: EffectTable = {
  'routing.decision_made': withLessons(decided),
  'worker.started': withLessons((database, event) => agent(database, event, 'started_at', 'min')),
  'worker.completed': withLessons((database, event) => agent(database, event, 'stopped_at', 'max')),
  'worker.failed': withLessons((database, event) => agent(database, event, 'stopped_at', 'max')),
  'task.created': each((database, event) => task(database, event, 'created_at', 'min')),
  'task.completed': each((database, event) => task(database, event, 'completed_at', 'max')),
  'session.prompt_submitted': each((database, event) => {
    if (event.payload['agent'] !== undefined) learnAgain(database, event);
  }),
  'task.failed': each((database, event) => {
    if (stringField(objectField(event.payload, 'call'), 'tool') === 'Agent')
      learnAgain(database, event);
  }),
  'learning.model_updated': each(keepAdvice),
  'learning.cycle_requested': (database) => requestRefresh(database, 'routing', ['']),
};

function withLessons(effect: (database: Database, event: EventEnvelope) => void): Effect {
  return each((database, event) => {
    effect(database, event);
    learnAgain(database, event);
  });
}

function learnAgain(database: Database, event: EventEnvelope): void {
  const session = field(event, 'session_id');
  if (session !== null) requestRefresh(database, 'routing', [session]);
}

/** Of two at one time the greater. */
const KEEP_ADVICE = `INSERT INTO routing_advice (kind, agent_type, model, at) VALUES (?, ?, ?, ?)
  ON CONFLICT (kind) DO UPDATE SET agent_type = excluded.agent_type, model = excluded.model, at = excluded.at
  WHERE (excluded.at, coalesce(excluded.agent_type, ''), coalesce(excluded.model, '')) > (routing_advice.at, coalesce(routing_advice.agent_type, ''), coalesce(routing_advice.model, ''))`;

function keepAdvice(database: Database, event: EventEnvelope): void {
  const kind = field(event, 'kind');
  if (event.payload['model'] !== 'routing' || kind === null) return;
  database
    .prepare(KEEP_ADVICE)
    .run(kind, field(event, 'agent_type'), field(event, 'agent_model'), timeOf(event));
}

function decided(database: Database, event: EventEnvelope): void {
  const session = field(event, 'session_id');
  if (session === null) return;
  database
    .prepare(
      'INSERT INTO routings (id, session_id, tool_use_id, agent_type, model, description, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    .run(
      event.event_id,
      session,
      field(event, 'tool_use_id'),
      field(event, 'agent_type_chosen'),
      field(event, 'model'),
      field(event, 'description'),
      timeOf(event),
    );
}

function agent(
  database: Database,
  event: EventEnvelope,
  column: 'started_at' | 'stopped_at',
  pick: 'min' | 'max',
): void {
  const session = field(event, 'session_id');
  const id = field(event, 'agent_id');
  if (session === null || id === null) return;
  database
    .prepare(
      `INSERT INTO agents (session_id, agent_id, type, ${column}) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET ${greater('type')}, ${column} = ${pick}(coalesce(${column}, excluded.${column}), excluded.${column})`,
    )
    .run(session, id, field(event, 'agent_type'), timeOf(event));
}

function task(
  database: Database,
  event: EventEnvelope,
  column: 'created_at' | 'completed_at',
  pick: 'min' | 'max',
): void {
  const session = field(event, 'session_id');
  const id = field(event, 'task_id');
  if (session === null || id === null) return;
  database
    .prepare(
      `INSERT INTO tasks (session_id, task_id, subject, ${column}) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET ${greater('subject')}, ${column} = ${pick}(coalesce(${column}, excluded.${column}), excluded.${column})`,
    )
    .run(session, id, field(event, 'subject'), timeOf(event));
}

/** Two events may disagree, or one may say nothing: the greater text wins in any order. */
function greater(column: 'type' | 'subject'): string {
  return `${column} = max(coalesce(${column}, excluded.${column}), coalesce(excluded.${column}, ${column}))`;
}

function field(event: EventEnvelope, name: string): string | null {
  return stringField(event.payload, name) ?? null;
}

function timeOf(event: EventEnvelope): number {
  return Date.parse(event.timestamp);
}

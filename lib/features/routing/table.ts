import type { TableDefinition } from '../../store/sink.ts';

/** Which agent a task was given to. */
export const ROUTINGS: TableDefinition = {
  table: 'routings',
  key: ['id'],
  once: ['session_id', 'tool_use_id', 'agent_type', 'model', 'description', 'at'],
};

/** What was advised last for each kind of task. */
export const ROUTING_ADVICE: TableDefinition = {
  table: 'routing_advice',
  key: ['kind'],
  latest: [['at', 'agent_type', 'model']],
};

/** Two events may disagree on the subject, or one may say nothing: the greater text wins in any order. */
export const TASKS: TableDefinition = {
  table: 'tasks',
  key: ['session_id', 'task_id'],
  least: ['created_at'],
  greatest: ['subject', 'completed_at'],
};

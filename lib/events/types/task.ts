import { CALL } from './call.ts';
import { count, flag, number, object, open, text } from './fields.ts';
import { eventType } from './event-type.ts';
import { PLACE_EXAMPLE, PLACE_FIELDS } from './place.ts';

const listed = {
  ...PLACE_FIELDS,
  task_id: text('Its number on the list; a task that was only given to an agent has none.'),
  subject: text('Its title; at most 300 characters.'),
  teammate: text('Who has it, in a team.'),
};

/** Types about work: tasks of the list, tasks of agents, and calls that fail. */
export const TASK_TYPES = {
  'task.created': eventType({
    doc: 'A task is put on the list.',
    madeBy: [['hook/TaskCreated', 'TaskCreated']],
    payload: open(listed),
    example: { ...PLACE_EXAMPLE, task_id: '1', subject: 'Check the parts' },
  }),
  'task.assigned': eventType({
    doc: 'A task is given to an agent.',
    madeBy: [['hook/PreToolUse', 'PreToolUse of the tool Agent']],
    payload: open({
      ...listed,
      tool_use_id: text('The call of the tool Agent. It identifies the task, which has no number.'),
      assigned_to: text('The kind of agent.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      tool_use_id: 'toolu_02',
      assigned_to: 'general-purpose',
      subject: 'Look at the parts',
    },
  }),
  'task.completed': eventType({
    doc: 'A task of the list is done, or an agent has done its own.',
    madeBy: [
      ['hook/TaskCompleted', 'TaskCompleted'],
      ['handler/worker-complete', '`worker.completed`'],
    ],
    payload: open({
      ...listed,
      tool_use_id: text('The call of the tool Agent, for the task of an agent.'),
      assigned_to: text('The kind of agent.'),
      outcome: text('How it ended.'),
      tokens: count('What the agent used.'),
      duration_ms: number('How long it took, in milliseconds.'),
    }),
    example: { ...PLACE_EXAMPLE, task_id: '1', subject: 'Check the parts' },
  }),
  'task.failed': eventType({
    doc: 'A tool call fails, an API error ends a turn, or a watched log reports a failure.',
    madeBy: [
      ['hook/PostToolUseFailure', 'PostToolUseFailure'],
      ['hook/StopFailure', 'StopFailure'],
      ['log/FILE', 'a line of a watched log'],
    ],
    payload: open({
      ...listed,
      call: CALL,
      is_interrupt: flag('Whether a person stopped it.'),
      turn: object({ error: text('What the API said.') }, 'A turn that the API ended.'),
      log: text('The log that reported it.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      call: {
        tool: 'Bash',
        target: 'npm run biuld',
        outcome: 'failed',
        error: 'Missing script: biuld',
      },
      is_interrupt: false,
    },
  }),
};

import { open, text, word } from './fields.ts';
import { eventType } from './event-type.ts';
import { PLACE_EXAMPLE, PLACE_FIELDS } from './place.ts';

const agent = {
  ...PLACE_FIELDS,
  kind: text('`agent`; what else works may call itself otherwise.'),
};
const AGENT = {
  ...PLACE_EXAMPLE,
  kind: 'agent',
  agent_id: 'ad2b73ee51f0c2627',
  agent_type: 'general-purpose',
};

/** Types about agents. Types about the process that applies events are `daemon.*`. */
export const WORKER_TYPES = {
  'worker.started': eventType({
    doc: 'An agent begins.',
    madeBy: [['hook/SubagentStart', 'SubagentStart']],
    payload: open(agent),
    example: AGENT,
  }),
  'worker.heartbeat': eventType({
    doc: 'An agent is at work: a call of its own made a checkpoint.',
    madeBy: [
      ['hook/PostToolUse', 'PostToolUse within an agent, at most once per session and interval'],
    ],
    payload: open({
      ...agent,
      tool: text('The tool that it called.'),
      tool_use_id: text('The call.'),
    }),
    example: { ...AGENT, tool: 'Bash', tool_use_id: 'toolu_03' },
  }),
  'worker.completed': eventType({
    doc: 'An agent ends.',
    madeBy: [['hook/SubagentStop', 'SubagentStop']],
    payload: open({ ...agent, answer: text('The head of its answer; at most 300 characters.') }),
    example: { ...AGENT, answer: 'All parts are there.' },
  }),
  'worker.failed': eventType({
    doc: 'An API error or a person ends an agent, or an agent could not begin.',
    madeBy: [
      ['hook/StopFailure', 'StopFailure within an agent'],
      ['hook/PostToolUseFailure', 'PostToolUseFailure of the tool Agent'],
    ],
    payload: open({
      ...agent,
      reason: word(
        ['api-error', 'interrupted', 'not-started'],
        'What ended it, or that it never began.',
      ),
      error: text('The head of the error; at most 300 characters.'),
      tool_use_id: text('The call of the tool Agent that failed.'),
    }),
    example: { ...AGENT, reason: 'api-error', error: 'rate_limit' },
  }),
};

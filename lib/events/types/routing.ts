import { count, open, text } from './fields.ts';
import { eventType } from './event-type.ts';
import { PLACE_EXAMPLE, PLACE_FIELDS } from './place.ts';

export const ROUTING_TYPES = {
  'routing.decision_made': eventType({
    doc: 'An agent was chosen for a task. `routing.decision` is another name for it.',
    madeBy: [['hook/PreToolUse', 'PreToolUse of the tool Agent']],
    payload: open({
      ...PLACE_FIELDS,
      tool_use_id: text('The call of the tool Agent.'),
      agent_type_chosen: text('The kind of agent.'),
      model: text('The model, where one was asked for.'),
      description: text('What it is to do, in a few words.'),
      prompt_length: count('Characters of its prompt.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      tool_use_id: 'toolu_02',
      agent_type_chosen: 'general-purpose',
      description: 'Look at the parts',
      prompt_length: 24,
    },
  }),
};

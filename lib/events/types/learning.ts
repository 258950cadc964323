import { count, flag, required, number, object, open, text, word } from './fields.ts';
import { eventType } from './event-type.ts';
import { PLACE_EXAMPLE, PLACE_FIELDS } from './place.ts';

const PATTERN = 'pat_3f9c1a7b20de';

/** Types about what is learned from failures and decisions. */
export const LEARNING_TYPES = {
  'learning.pattern_detected': eventType({
    doc: 'A failure came in a second session, or holds everywhere from now on.',
    madeBy: [
      ['worker', 'failures of several sessions'],
      ['handler/learning', '`learning.cycle_requested`'],
    ],
    payload: open({
      pattern_id: text('The failure pattern.'),
      reason: text('`second-session` or `promoted`.'),
      scope: text('`project` or `global`.'),
      tool: text('The tool that failed.'),
      command: text('What was called.'),
      error: text('What it said.'),
      kind: text('What kind of fault it is.'),
      sessions: count('Sessions that met it.'),
      projects: count('Projects that met it.'),
    }),
    example: {
      pattern_id: PATTERN,
      reason: 'second-session',
      scope: 'project',
      tool: 'Bash',
      command: 'npm run biuld',
      error: 'Missing script',
      kind: 'invocation',
      sessions: 2,
      projects: 1,
    },
  }),
  'learning.pattern_changed': eventType({
    doc: 'A user decides about a failure pattern, or imports one.',
    madeBy: [['cli', '`waymark failures`']],
    payload: open({
      pattern_id: required.text('The failure pattern.'),
      action: word(
        ['warn', 'ask', 'deny', 'auto-fix', 'mute', 'default'],
        'What to do when it is about to happen again.',
      ),
      fix: text('The command that takes its place (`auto-fix`).'),
      confirmed: text('A fix that works.'),
      deleted: flag('Forget what is known of it.'),
      imported: object({}, 'A pattern that was learned elsewhere.'),
      format: number('The form of what was imported.'),
    }),
    example: { pattern_id: PATTERN, action: 'ask' },
  }),
  'learning.fix_applied': eventType({
    doc: 'A fix replaced a command, as the user has set for its failure.',
    madeBy: [['hook/PreToolUse', 'PreToolUse of Bash and of tools that edit']],
    payload: open({
      ...PLACE_FIELDS,
      pattern_id: text('The failure pattern.'),
      tool: text('The tool.'),
      tool_use_id: text('The call.'),
      command: text('What was about to be called.'),
      fix: text('What is called instead.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      pattern_id: PATTERN,
      tool: 'Bash',
      tool_use_id: 'toolu_04',
      command: 'npm run biuld',
      fix: 'npm run build',
    },
  }),
  'learning.model_updated': eventType({
    doc: 'What was learned was summed up, and something changed.',
    madeBy: [
      ['worker', 'failures of several sessions, or how agents did'],
      ['handler/learning', '`learning.cycle_requested`'],
    ],
    payload: open({
      detected: count('Patterns that came again.'),
      promoted: count('Patterns that hold everywhere now.'),
      faded: count('Commands for which no fix is certain any longer.'),
      model: text('`routing` when it is about agents; left out for failures.'),
      kind: text('The kind of task for which another agent is advised now.'),
      agent_type: text('The kind of agent that is advised; left out when none is any more.'),
      agent_model: text('The model that is advised.'),
      runs: count('Runs of it that were looked at.'),
      success_rate: number('How many of them went well, 0 to 1.'),
      tokens: number('Tokens that a run takes, on average.'),
      confidence: number('How sure that is, 0 to 1.'),
    }),
    example: { detected: 1, promoted: 0, faded: 0 },
  }),
  'learning.cycle_requested': eventType({
    doc: 'Time to summarise what was learned.',
    madeBy: [
      ['schedule/learning', 'the schedule, daily'],
      ['cli', '`waymark schedule run learning`'],
    ],
    payload: open({ schedule: text('The schedule that asked for it.'), reason: text('Why now.') }),
    example: { schedule: 'learning' },
  }),
};

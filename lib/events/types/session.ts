import { count, flag, needed, number, object, open, text } from './fields.ts';
import { eventType } from './event-type.ts';
import { HERE, PLACE } from './place.ts';

const session = { ...PLACE, session_id: needed.text('The conversation of Claude Code.') };

/** The life of a conversation. */
export const SESSION_TYPES = {
  'session.started': eventType({
    doc: 'A session begins, is resumed, cleared or compacted.',
    madeBy: [['hook/SessionStart', 'SessionStart']],
    payload: open({
      ...session,
      reason: text('`startup`, `resume`, `clear` or `compact`.'),
      model: text('The model, where the client names it.'),
      client: object(
        {
          pid: count('Process id.'),
          started: text('When it started, in clock ticks since boot; Linux alone.'),
        },
        'The process of Claude Code.',
      ),
    }),
    example: { ...HERE, reason: 'startup', model: 'claude-opus-4-8', client: { pid: 4711 } },
  }),
  'session.prompt_submitted': eventType({
    doc: 'A prompt is sent.',
    madeBy: [['hook/UserPromptSubmit', 'UserPromptSubmit']],
    payload: open({
      ...session,
      prompt: text('Its head, at most 500 characters.'),
      prompt_length: count('Characters of the whole.'),
      synthetic: flag('True for a prompt that no person typed: a background agent has ended.'),
      agent: object(
        {
          agent_id: text('The agent.'),
          tool_use_id: text('The call that started it.'),
          status: text('How it ended, in the words of the client, such as `completed`.'),
          tokens: count('Tokens of its last answer.'),
          tool_uses: count('Its calls.'),
          duration_ms: count('How long it took.'),
        },
        'The agent that has ended.',
      ),
    }),
    example: { ...HERE, prompt: 'Make the numbers add up', prompt_length: 23 },
  }),
  'session.ended': eventType({
    doc: 'A session ends.',
    madeBy: [['hook/SessionEnd', 'SessionEnd']],
    payload: open({
      ...session,
      reason: text('Why, in the words of the client, such as `prompt_input_exit`.'),
    }),
    example: { ...HERE, reason: 'other' },
  }),
  'session.window_seen': eventType({
    doc: 'The status line shows a context window, or another one than before.',
    madeBy: [['hook/statusline', 'the input of the status line']],
    payload: open({
      ...session,
      window: needed.count('Tokens that fit.'),
      model: text('The model.'),
    }),
    example: { session_id: HERE.session_id, window: 200_000, model: 'claude-opus-4-8' },
  }),
  'session.failure_warned': eventType({
    doc: 'A hook told Claude before a call that it is known to fail.',
    madeBy: [['hook/PreToolUse', 'PreToolUse']],
    payload: open({
      ...session,
      pattern: needed.text('The pattern of the failure, as `waymark failures show` has it.'),
      verdict: text('`warn`, `ask`, `deny` or `replace`.'),
      tool: text('The tool of the call.'),
      target: text('The command of the call.'),
      tool_use_id: text('The call.'),
      fix: text('What Claude was told to have worked; absent when nothing is known.'),
    }),
    example: {
      ...HERE,
      ...{ pattern: 'pat_3f9c2b7a1d04e856', verdict: 'warn', tool: 'Bash' },
      ...{ target: 'npm run tset', tool_use_id: 'toolu_1', fix: 'npm run test' },
    },
  }),
  'session.resume_told': eventType({
    doc: 'A hook reminded Claude where it was.',
    madeBy: [['hook/SessionStart', 'SessionStart']],
    payload: open({
      ...session,
      text_id: needed.text('Identifies the text: two texts of one id are the same.'),
      occasion: text('`compact`, `resume` or `crash`.'),
      of_session: text('The session that it is about.'),
    }),
    example: { ...HERE, text_id: 'txt_9f2c1b7a3d04e856', occasion: 'compact' },
  }),
  'session.context_warned': eventType({
    doc: 'A hook warned Claude that its context fills up.',
    madeBy: [
      ['hook/UserPromptSubmit', 'UserPromptSubmit'],
      ['hook/PreToolUse', 'PreToolUse'],
    ],
    payload: open({
      ...session,
      threshold: number('The percentage that was passed.'),
      epoch: count('How often the context was compacted before.'),
      percent: number('How full it is.'),
    }),
    example: { ...HERE, threshold: 85, epoch: 0, percent: 86.4 },
  }),
};

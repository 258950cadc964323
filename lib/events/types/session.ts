import { count, flag, required, number, object, open, text, texts } from './fields.ts';
import { eventType } from './event-type.ts';
import { PLACE_EXAMPLE, PLACE_FIELDS } from './place.ts';

const session = { ...PLACE_FIELDS, session_id: required.text('The conversation of Claude Code.') };

/** Types about the life of a conversation. */
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
          started: text('When it started, in clock ticks since boot; on Linux only.'),
        },
        'The process of Claude Code.',
      ),
    }),
    example: {
      ...PLACE_EXAMPLE,
      reason: 'startup',
      model: 'claude-opus-4-8',
      client: { pid: 4711 },
    },
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
    example: { ...PLACE_EXAMPLE, prompt: 'Make the numbers add up', prompt_length: 23 },
  }),
  'session.notified': eventType({
    doc: 'Claude Code notifies the user, mostly because it waits for an answer.',
    madeBy: [['hook/Notification', 'Notification']],
    payload: open({
      ...session,
      notification: text('Its type in the words of the client, such as `permission_prompt`.'),
      waits_for: text('`permission`, or `input`; absent when Claude Code waits for nothing.'),
      message: text('What the user reads, at most 200 characters.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      ...{ notification: 'permission_prompt', waits_for: 'permission' },
      message: 'Claude needs your permission to use Bash',
    },
  }),
  'session.budget_told': eventType({
    doc: 'A hook warned of a budget that is used up, or refused a call or a prompt.',
    madeBy: [
      ['hook/UserPromptSubmit', 'UserPromptSubmit'],
      ['hook/PreToolUse', 'PreToolUse'],
    ],
    payload: open({
      ...session,
      budget: required.text('`day`, `session` or `agents`.'),
      verdict: required.text(
        '`warned`; `asked` or `denied` before a call; `blocked`: a prompt was not sent.',
      ),
      dollars: number('The budget.'),
      spent: number('What was spent, in dollars at list prices.'),
    }),
    example: { ...PLACE_EXAMPLE, budget: 'day', verdict: 'denied', dollars: 20, spent: 21.3 },
  }),
  'session.ended': eventType({
    doc: 'A session ends.',
    madeBy: [['hook/SessionEnd', 'SessionEnd']],
    payload: open({
      ...session,
      reason: text('Why, in the words of the client, such as `prompt_input_exit`.'),
    }),
    example: { ...PLACE_EXAMPLE, reason: 'other' },
  }),
  'session.window_seen': eventType({
    doc: 'The status line shows a context window, or another one than before.',
    madeBy: [['hook/statusline', 'the input of the status line']],
    payload: open({
      ...session,
      window: required.count('Tokens that fit.'),
      model: text('The model.'),
    }),
    example: { session_id: PLACE_EXAMPLE.session_id, window: 200_000, model: 'claude-opus-4-8' },
  }),
  'session.failure_warned': eventType({
    doc: 'A hook warned Claude before a call that is known to fail.',
    madeBy: [['hook/PreToolUse', 'PreToolUse']],
    payload: open({
      ...session,
      pattern: required.text('The pattern of the failure, as `waymark failures show` has it.'),
      verdict: text('`warn`, `ask`, `deny` or `replace`.'),
      tool: text('The tool of the call.'),
      target: text('The command of the call.'),
      tool_use_id: text('The call.'),
      fix: text('The fix that Claude got; absent when none is known.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      ...{ pattern: 'pat_3f9c2b7a1d04e856', verdict: 'warn', tool: 'Bash' },
      ...{ target: 'npm run tset', tool_use_id: 'toolu_1', fix: 'npm run test' },
    },
  }),
  'session.resume_told': eventType({
    doc: 'A hook reminded Claude where it was.',
    madeBy: [['hook/SessionStart', 'SessionStart']],
    payload: open({
      ...session,
      text_id: required.text('Identifies the text: two texts of one id are the same.'),
      occasion: text('`compact`, `resume` or `crash`.'),
      of_session: text('The session that it is about.'),
    }),
    example: { ...PLACE_EXAMPLE, text_id: 'txt_9f2c1b7a3d04e856', occasion: 'compact' },
  }),
  'session.files_restored': eventType({
    doc: 'Files of a work tree were restored to an earlier state, or a restore was undone.',
    madeBy: [['cli', '`waymark restore`']],
    payload: open({
      ...PLACE_FIELDS,
      restore: required.text('Identifies the restore.'),
      checkpoint: text('The snapshot that was restored.'),
      present: text('The snapshot of what was there before.'),
      undo: flag('True when it undid an earlier restore.'),
      written: count('Files that were written.'),
      removed: count('Files that were removed.'),
      skipped: count('Files that were left as they were because they changed meanwhile.'),
      paths: texts('The first 20 of them, from the root of the work tree.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      ...{ worktree: '/home/user/project', restore: 'res_7a1d04e8563f9c2b' },
      ...{ checkpoint: 'snap_1', present: 'snap_2', undo: false },
      ...{ written: 1, removed: 0, skipped: 0, paths: ['src/total.ts'] },
    },
  }),
  'session.restore_told': eventType({
    doc: 'A hook informed Claude that files were restored.',
    madeBy: [
      ['hook/UserPromptSubmit', 'UserPromptSubmit'],
      ['hook/PreToolUse', 'PreToolUse'],
    ],
    payload: open({
      ...session,
      restore: required.text('Identifies the restore.'),
      checkpoint: text('The snapshot that was restored.'),
      written: count('Files that were written.'),
      removed: count('Files that were removed.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      ...{ restore: 'res_7a1d04e8563f9c2b', checkpoint: 'snap_1', written: 1, removed: 0 },
    },
  }),
  'session.auto_committed': eventType({
    doc: 'The files of a work tree were committed to the branch of the session.',
    madeBy: [['worker', 'the end of a turn, in a repository of `autoCommit`']],
    payload: open({
      ...session,
      turn: required.text('The checkpoint that ended the turn.'),
      branch: required.text('The branch.'),
      commit: required.text('The commit.'),
      parent: text('The commit before; left out for a first one.'),
      counts: object(
        {
          added: count('Paths that are new.'),
          changed: count('Paths with other content.'),
          removed: count('Paths that are gone.'),
        },
        'How it differs from its parent.',
      ),
    }),
    example: {
      ...PLACE_EXAMPLE,
      ...{ worktree: '/home/user/project', turn: 'evt_20261122_115432_03e83274a0050001' },
      ...{ branch: 'waymark/0b3c5d7e-1234-4abc-9def-0123456789ab' },
      commit: '8d3c1f0e5b7a9246c0d1e2f3a4b5c6d7e8f90a1b',
      counts: { added: 1, changed: 2, removed: 0 },
    },
  }),
  'session.auto_commit_refused': eventType({
    doc: 'The files of a work tree were not committed at the end of a turn.',
    madeBy: [['worker', 'the end of a turn, in a repository of `autoCommit`']],
    payload: open({
      ...session,
      turn: required.text('The checkpoint that ended the turn.'),
      cause: required.text(
        '`under-way`, `conflict`, `secret`, `too-large`, `hook`, `branch`, `folder`, `git`.',
      ),
      reason: required.text('Why, such as what a hook of the repository said.'),
      paths: texts('Files that it is about.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      ...{ worktree: '/home/user/project', turn: 'evt_20261122_115432_03e83274a0050001' },
      ...{ cause: 'secret', reason: 'with what looks like a secret: .env', paths: ['.env'] },
    },
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
    example: { ...PLACE_EXAMPLE, threshold: 85, epoch: 0, percent: 86.4 },
  }),
};

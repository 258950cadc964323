import { CALL } from './call.ts';
import { count, open, text } from './fields.ts';
import { eventType } from './event-type.ts';
import { PLACE_EXAMPLE, PLACE_FIELDS } from './place.ts';

export const CHECKPOINT_TYPES = {
  'checkpoint.created': eventType({
    doc: 'The state of a session at a moment.',
    madeBy: [
      [
        'hook/PostToolUse',
        'a call that changes something, at most once per session and interval (`auto`)',
      ],
      ['hook/PreCompact', 'PreCompact (`pre-compact`)'],
      ['hook/Stop', 'Stop (`stop`)'],
      ['hook/StopFailure', 'StopFailure (`stop`)'],
      ['hook/SessionEnd', 'SessionEnd (`session-end`)'],
      [
        'worker',
        'a context that passes its second threshold (`auto`, `saved_by` is `context-watch`)',
      ],
      ['cli', '`waymark checkpoint` (`manual`)'],
    ],
    payload: open({
      ...PLACE_FIELDS,
      kind: text('Why it was made: `auto`, `pre-compact`, `stop`, `session-end`, `manual`.'),
      saved_by: text('Who made it.'),
      operation_count: count('Operations of the session so far.'),
      git_head: text('The commit that is checked out.'),
      git_branch: text('The branch.'),
      note: text('What was last said, or what a person noted; at most 300 characters.'),
      call: CALL,
    }),
    example: {
      ...PLACE_EXAMPLE,
      kind: 'auto',
      saved_by: 'hook/PostToolUse',
      operation_count: 12,
      git_branch: 'main',
      call: {
        tool: 'Edit',
        target: '/home/user/project/a.ts',
        outcome: 'ok',
        tool_use_id: 'toolu_01',
        duration_ms: 21,
      },
    },
  }),
};

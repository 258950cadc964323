import { eventType } from './event-type.ts';
import { count, object, open, text } from './fields.ts';
import { PLACE_EXAMPLE, PLACE_FIELDS } from './place.ts';

export const SNAPSHOT_TYPES = {
  'snapshot.taken': eventType({
    doc: 'The files of a work tree were kept as they were at a moment.',
    madeBy: [
      ['worker', 'a prompt, a checkpoint or a risky command of a session'],
      ['cli', '`waymark checkpoint`, and `waymark restore` before it changes a file'],
    ],
    payload: open({
      ...PLACE_FIELDS,
      snapshot: text('Names it in commands: ten hex digits.'),
      commit: text('The commit in the store of the work tree.'),
      cause: text(
        'What it is for: `prompt`, `checkpoint`, `risky-command`, `session-end`, `manual`, `before-restore`.',
      ),
      event: text('The event that it was taken for.'),
      tool_use_id: text('The call that it was taken after.'),
      previous: text('The snapshot of this work tree before.'),
      counts: object(
        {
          added: count('Paths that are new.'),
          changed: count('Paths with other content.'),
          removed: count('Paths that are gone.'),
        },
        'How it differs from the one before.',
      ),
      files: count('Files, links and nested repositories in it.'),
      bytes: count('Bytes of the files that are new or changed.'),
      left_out: count('Paths that are missing from it: for their size, for time, or unreadable.'),
      special: count('Devices, sockets and pipes.'),
      under_way: text('What git was in the middle of: `merge`, `rebase`, `bisect`.'),
      note: text('What a person noted.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      worktree: '/home/user/project',
      snapshot: '3f9c2a71d0',
      commit: '8d3c1f0e5b7a9246c0d1e2f3a4b5c6d7e8f90a1b',
      cause: 'prompt',
      counts: { added: 1, changed: 3, removed: 0 },
      files: 412,
      bytes: 18_204,
      left_out: 0,
      special: 0,
    },
  }),
};

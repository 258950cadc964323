import { text, textOrNone } from './fields.ts';

/** Fields that say whose event it is, and where. Every payload of a hook has them. */
export const PLACE_FIELDS = {
  session_id: text('The conversation of Claude Code.'),
  agent_id: text('The agent in it, when it is not the main conversation.'),
  agent_type: text('What kind of agent.'),
  prompt_id: text('The prompt that led to it.'),
  project: text("The project's folder."),
  cwd: text('The working directory.'),
  worktree: textOrNone('The root of the git worktree; null outside of one.'),
  repository: textOrNone('The git folder that its worktrees share; null outside of one.'),
  transcript_path: text("Claude Code's own record of the conversation."),
  config_folder: text(
    'Where Claude Code keeps its settings and transcripts, if `CLAUDE_CONFIG_DIR` names it.',
  ),
};

/** Example values of {@link PLACE_FIELDS}. */
export const PLACE_EXAMPLE = {
  session_id: '0b3c5d7e-1234-4abc-9def-0123456789ab',
  project: '/home/user/project',
  cwd: '/home/user/project',
};

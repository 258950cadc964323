import type { TableDefinition } from '../../store/sink.ts';

/** One row per checkpoint: what made it, and where. */
export const CHECKPOINTS: TableDefinition = {
  table: 'checkpoints',
  key: ['id'],
  once: [
    ...['session_id', 'agent_id', 'kind', 'at', 'saved_by', 'operation_count'],
    ...['tool', 'target', 'outcome', 'tool_use_id', 'git_head', 'git_branch', 'note'],
  ],
};

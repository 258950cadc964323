import type { TableDefinition } from '../../store/sink.ts';

/** The window that the client's status line named last for a session, with the model it was for. */
export const CONTEXT_WINDOWS: TableDefinition = {
  table: 'context_windows',
  key: ['session_id'],
  latest: [['at', 'window', 'model']],
};

/** When a threshold was first crossed; epoch: how many compactions the session had had by then. */
export const CONTEXT_CROSSINGS: TableDefinition = {
  table: 'context_crossings',
  key: ['session_id', 'epoch', 'threshold'],
  least: ['at'],
};

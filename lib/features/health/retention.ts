import { deleteOlderThan, type RowKind } from '../../store/keeper.ts';
import { SAMPLES_KEPT_MS } from '../../store/retention.ts';

/** Scores of sessions are kept as long as the samples of workers. */
export const healthRows: RowKind = {
  name: 'health',
  tables: ['session_health'],
  deletions: (_database, { before, now }) =>
    deleteOlderThan(Math.max(before, now - SAMPLES_KEPT_MS), ['session_health']),
};

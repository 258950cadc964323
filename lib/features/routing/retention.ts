import { deleteOlderThan, type RowKind } from '../../store/keeper.ts';

const BY_AGE = ['routings', 'agent_runs'];

export const routingRows: RowKind = {
  name: 'routing',
  tables: [...BY_AGE, 'routing_advice'],
  neverByAge: { routing_advice: 'one row per kind of task' },
  deletions: (_database, { historyBefore }) => deleteOlderThan(historyBefore, BY_AGE),
};

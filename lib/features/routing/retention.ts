import { olderThan, type RowKind } from '../../store/keeper.ts';

const BY_AGE = ['routings', 'agent_runs'];

export const routingRows: RowKind = {
  name: 'routing',
  tables: [...BY_AGE, 'routing_advice'],
  staying: { routing_advice: 'one row per kind of task' },
  deletions: (_database, expiry) => olderThan(expiry, BY_AGE),
};

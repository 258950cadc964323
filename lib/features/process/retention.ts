import { type RowKind, withoutSession } from '../../store/keeper.ts';

const BY_SESSION = ['agents', 'tasks'];

/** Agents and the tasks that they were given. */
export const agentRows: RowKind = {
  name: 'agents',
  tables: BY_SESSION,
  deletions: (_database, expiry) => withoutSession(expiry, BY_SESSION),
};

import { type RowKeeper, removeOrphans } from '../../store/keeper.ts';

const BY_SESSION = ['agents', 'tasks'];

/** Agents and the tasks that they were given. */
export const agentKeeper: RowKeeper = {
  name: 'agents',
  tables: BY_SESSION,
  expire: (database) => removeOrphans(database, BY_SESSION),
};

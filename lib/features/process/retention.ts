import { type RowKind, deleteWithSession } from '../../store/keeper.ts';

const BY_SESSION = ['agents', 'tasks'];

/** Agents and their tasks. */
export const agentRows: RowKind = {
  name: 'agents',
  tables: BY_SESSION,
  deletions: (_database, expiry) => deleteWithSession(expiry, BY_SESSION),
};

import { type RowKind, deleteWithSession } from '../../store/keeper.ts';

const BY_SESSION = ['unjudged'];

export const judgementRows: RowKind = {
  name: 'judgements',
  tables: BY_SESSION,
  deletions: (_database, expiry) => deleteWithSession(expiry, BY_SESSION),
};

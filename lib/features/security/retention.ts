import { type RowKeeper, removeOrphans } from '../../store/keeper.ts';

const BY_SESSION = ['unjudged'];

export const judgementKeeper: RowKeeper = {
  name: 'judgements',
  tables: BY_SESSION,
  expire: (database) => removeOrphans(database, BY_SESSION),
};

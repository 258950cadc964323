import { type RowKeeper, removeOlder } from '../../store/keeper.ts';

const BY_AGE = ['context_windows', 'context_crossings', 'file_activity'];

export const contextKeeper: RowKeeper = {
  name: 'context',
  tables: BY_AGE,
  expire: (database, expiry) => removeOlder(database, BY_AGE, expiry),
};

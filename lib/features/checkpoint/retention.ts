import { type RowKeeper, removeOlder } from '../../store/keeper.ts';

const BY_AGE = ['checkpoints'];

export const checkpointKeeper: RowKeeper = {
  name: 'checkpoints',
  tables: BY_AGE,
  expire: (database, expiry) => removeOlder(database, BY_AGE, expiry),
};

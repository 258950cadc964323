import { type RowKeeper, removeOlder } from '../../store/keeper.ts';

const BY_AGE = ['routings', 'agent_runs'];

export const routingKeeper: RowKeeper = {
  name: 'routing',
  tables: BY_AGE,
  expire: (database, expiry) => removeOlder(database, BY_AGE, expiry),
};

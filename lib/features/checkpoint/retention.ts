import { olderThan, type RowKind } from '../../store/keeper.ts';

const BY_AGE = ['checkpoints'];

export const checkpointRows: RowKind = {
  name: 'checkpoints',
  tables: BY_AGE,
  deletions: (_database, expiry) => olderThan(expiry, BY_AGE),
};

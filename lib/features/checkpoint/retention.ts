import { deleteOlderThan, type RowKind } from '../../store/keeper.ts';

const BY_AGE = ['checkpoints'];

export const checkpointRows: RowKind = {
  name: 'checkpoints',
  tables: BY_AGE,
  deletions: (_database, { before }) => deleteOlderThan(before, BY_AGE),
};

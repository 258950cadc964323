import { deleteOlderThan, type RowKind } from '../../store/keeper.ts';

/** Deletes figures of accounts that were not used for a long time. */
export const accountLimitRows: RowKind = {
  name: 'account limits',
  tables: ['account_limits'],
  deletions: (_database, { before }) => deleteOlderThan(before, ['account_limits']),
};

import { olderThan, type RowKind } from '../../store/keeper.ts';

/** What Claude was told, and what followed. */
export const toldRows: RowKind = {
  name: 'told',
  tables: ['told'],
  deletions: (_database, expiry) => olderThan(expiry, ['told']),
};

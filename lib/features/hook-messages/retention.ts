import { deleteOlderThan, type RowKind } from '../../store/keeper.ts';

/** Messages to Claude and their outcomes. */
export const hookMessageRows: RowKind = {
  name: 'told',
  tables: ['told'],
  deletions: (_database, { before }) => deleteOlderThan(before, ['told']),
};

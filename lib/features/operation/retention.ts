import type { RowKind } from '../../store/keeper.ts';
import { OPERATION_TABLES, operationsToDelete } from './table.ts';

export const operationRows: RowKind = {
  name: 'operations',
  tables: OPERATION_TABLES,
  deletions: (_database, expiry) => operationsToDelete(expiry),
};

/** Never deleted: usage is kept when its session is deleted. */
export const usageRows: RowKind = {
  name: 'usage',
  tables: ['usage', 'usage_sums'],
  neverByAge: {
    usage: 'what was spent is asked for long after its session',
    usage_sums: 'sums of usage, which go with it',
  },
  deletions: () => [],
};

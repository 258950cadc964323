import type { RowKind } from '../../store/keeper.ts';
import { OPERATION_TABLES, operationsToDelete } from './table.ts';

export const operationRows: RowKind = {
  name: 'operations',
  tables: OPERATION_TABLES,
  deletions: (_database, expiry) => operationsToDelete(expiry),
};

/** What was spent stays when its session goes. */
export const usageRows: RowKind = {
  name: 'usage',
  tables: ['usage'],
  staying: { usage: 'what was spent is asked for long after its session' },
  deletions: () => [],
};

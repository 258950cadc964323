import type { RowKind } from '../../store/keeper.ts';
import { OPERATION_TABLES, operationsToDelete } from './table.ts';

export const operationRows: RowKind = {
  name: 'operations',
  tables: OPERATION_TABLES,
  deletions: (_database, expiry) => operationsToDelete(expiry),
};

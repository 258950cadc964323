import type { RowKeeper } from '../../store/keeper.ts';
import { expireOperations, OPERATION_TABLES } from './table.ts';

export const operationKeeper: RowKeeper = {
  name: 'operations',
  tables: OPERATION_TABLES,
  expire: expireOperations,
};

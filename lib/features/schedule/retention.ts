import type { RowKind } from '../../store/keeper.ts';

export const scheduleRows: RowKind = {
  name: 'schedules',
  tables: ['schedules'],
  neverByAge: { schedules: 'one row per schedule' },
  deletions: () => [],
};

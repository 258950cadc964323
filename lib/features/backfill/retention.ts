import type { RowKind } from '../../store/keeper.ts';

/** Never deleted: daily statistics are kept like the rows of `usage`. */
export const clientDayRows: RowKind = {
  name: 'client days',
  tables: ['client_days'],
  neverByAge: { client_days: 'the client forgets its own statistics; some hundred bytes a day' },
  deletions: () => [],
};

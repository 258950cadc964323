import type { RowKind } from '../../store/keeper.ts';

/** What was spent stays, as the rows of `usage` do. */
export const clientDayRows: RowKind = {
  name: 'client days',
  tables: ['client_days'],
  staying: { client_days: 'the client forgets its own statistics; some hundred bytes a day' },
  deletions: () => [],
};
